"""A small Bokeh app. README.md in this folder says how to serve and open it."""

import numpy as np
from bokeh.io import curdoc
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, Slider
from bokeh.plotting import figure

x = np.linspace(0, 4 * np.pi, 400)
source = ColumnDataSource(data={"x": x, "y": np.sin(x)})
plot = figure(title="Sine", height=300, sizing_mode="stretch_width")
plot.line("x", "y", source=source)
frequency = Slider(start=1, end=10, value=1, step=1, title="Frequency")


def update(_attribute: str, _old: float, new: float) -> None:
    """Runs here, in Python, each time the slider is moved."""
    source.data = {"x": x, "y": np.sin(new * x)}
    plot.title.text = f"Sine, frequency {new:g}"


frequency.on_change("value", update)
curdoc().add_root(column(frequency, plot, sizing_mode="stretch_width"))
curdoc().title = "Sine"
