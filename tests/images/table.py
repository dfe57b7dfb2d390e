"""The images: how large each may be, and of the notebooks what each stands on and what it adds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Notebook:
    """A notebook image."""

    budget: int
    """MB (10^6 bytes) that it has at most."""
    parent: str = ""
    imports: tuple[str, ...] = ()
    """Python packages that it adds."""


NOTEBOOKS = {
    "base": Notebook(460, imports=("IPython", "ipykernel", "jupyterhub", "jupyterlab", "jupyter_resource_usage", "pip")),
    "scipy": Notebook(
        1700,
        "base",
        (
            *("numpy", "pandas", "polars", "scipy", "sklearn", "skimage", "statsmodels.api", "sympy", "dask.dataframe"),
            *("matplotlib", "seaborn", "ipympl", "ipywidgets", "pyarrow", "duckdb", "h5py", "openpyxl"),
        ),
    ),
    "bokeh": Notebook(1850, "scipy", ("bokeh", "jupyter_bokeh", "panel", "hvplot", "holoviews", "jupyter_server_proxy")),
    "r": Notebook(700, "base"),
}
BUDGETS = {"gate": 150, "hub": 300, "proxy": 250, "nginx": 120, "walls": 150} | {
    name: image.budget for name, image in NOTEBOOKS.items()
}
"""MB (10^6 bytes), as `docker image inspect` counts them."""


def family(name: str) -> list[str]:
    """A notebook image and all that it stands on, the lowest first."""
    parent = NOTEBOOKS[name].parent
    return [*(family(parent) if parent else []), name]


def imports(name: str) -> list[str]:
    """What Python imports there: what the image adds, and what those below it have."""
    return [package for image in family(name) for package in NOTEBOOKS[image].imports]
