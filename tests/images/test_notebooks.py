"""Each notebook image in a container, started as the hub does it; an image passes the tests of all that it stands on too."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest

from stackctl import settings
from tests.images.conftest import LIMITS
from tests.images.notebook import Notebook, started
from tests.images.table import NOTEBOOKS, family, imports
from tests.support.checkout import ROOT, STACK
from tests.support.kernel import Kernel
from tests.unit.singleuser.hub import Hub

Start = Callable[[str], Notebook]
FOLDER = ROOT / "singleuser"


def of(parent: str) -> pytest.MarkDecorator:
    """For an image, and for each that stands on it. What passes for one that stands on another passes there too."""
    below = {image.parent for image in NOTEBOOKS.values()} - {"", "base"}
    names = [name for name in NOTEBOOKS if parent in family(name)]
    return pytest.mark.parametrize(
        "name", [pytest.param(name, marks=pytest.mark.full) if name in below else name for name in names]
    )


@of("base")
def test_a_kernel_runs_and_has_every_package(notebook_of: Start, name: str) -> None:
    code = f"import importlib, sys\nfor name in {imports(name)!r}: importlib.import_module(name)\nprint(sys.prefix)"
    with Kernel(notebook_of(name)) as kernel:
        assert kernel.run(code, seconds=60) == "/opt/notebook"


@of("base")
def test_every_package_has_what_it_asks_for(notebook_of: Start, name: str) -> None:
    """All but what singleuser/base/overrides.txt leaves out, and says why."""
    assert notebook_of(name).shell("pip check || true") == "jupyterhub 6.1.1 requires aiodns, which is not installed.\n"


@of("base")
def test_it_holds_what_the_locks_name_and_nothing_else(notebook_of: Start, name: str) -> None:
    locks = [(FOLDER / image / "requirements.lock") for image in family(name)]
    pins = {pin for lock in locks if lock.exists() for pin in re.findall(r"^[\w.-]+==\S+", lock.read_text(), re.MULTILINE)}
    listed = json.loads(notebook_of(name).shell("pip list --format json"))
    normal = {f"{re.sub('[-_.]+', '-', item['name']).lower()}=={item['version']}" for item in listed}
    assert normal == pins


@of("base")
def test_a_person_may_install_more_until_the_server_stops(notebook_of: Start, name: str) -> None:
    """Everything below /opt/notebook is theirs, that of a variant too."""
    assert notebook_of(name).shell("find /opt/notebook ! -user jovyan | head") == ""


@of("base")
def test_the_status_bar_knows_the_servers_limits(notebook_of: Start, name: str) -> None:
    usage = notebook_of(name).server("GET", "api/metrics/v1").json()
    assert usage["limits"]["memory"] | {"rss": int(LIMITS["MEM_LIMIT"]), "warn": False} == usage["limits"]["memory"]
    assert usage["limits"]["cpu"] == {"cpu": float(LIMITS["CPU_LIMIT"])}
    assert 10 * 2**20 < usage["rss"] < 2**30


@of("base")
def test_jupyterlab_speaks_chinese(notebook_of: Start, name: str) -> None:
    answer = notebook_of(name).server("GET", "lab/api/translations/zh_CN").json()
    assert answer["data"]["jupyterlab"]["Launcher"] == ["启动页"]


@of("base")
def test_the_log_has_no_errors_at_the_start(notebook_of: Start, name: str) -> None:
    output, up, _ = bytes(notebook_of(name).container.logs()).decode().partition("Use Control-C to stop this server")
    assert up, output
    assert re.findall(r"^\[[EC] .*|^Traceback.*", output, re.MULTILINE) == []


@of("base")
def test_time_zones_and_the_chinese_locale_are_there(notebook_of: Start, name: str) -> None:
    assert {"C.utf8", "zh_CN.utf8"} <= set(notebook_of(name).shell("locale -a").split())
    shown = notebook_of(name).shell("LANG=zh_CN.UTF-8 TZ=Asia/Shanghai date --date=@0")
    assert shown == "1970年 01月 01日 星期四 08:00:00 CST\n"


@of("base")
def test_pip_says_once_what_does_not_last(notebook_of: Start, name: str) -> None:
    said = "lost when this server stops"
    notebook = notebook_of(name)
    assert notebook.shell("pip install --no-index pip 2>&1").count(said) == 1
    assert notebook.shell("pip list && python -c 0 install").count(said) == 0
    assert notebook.shell("python -m pip install --user x 2>&1 || true").count(said) == 1
    assert "就会丢失" in notebook.shell("LANG=zh_CN.UTF-8 python -m pip install --no-index pip 2>&1")


@of("base")
def test_jupyterlab_asks_for_no_language_servers(notebook_of: Start, name: str) -> None:
    """jupyter_lsp is off, so the answer to lsp/status would be 404."""
    page = notebook_of(name).server("GET", "lab").text
    config = json.loads(page.partition('id="jupyter-config-data" type="application/json">')[2].partition("</script>")[0])
    lsp = {"@jupyterlab/lsp-extension", "@jupyterlab/fileeditor-extension:language-server"}
    assert lsp | {"@jupyterlab/notebook-extension:language-server"} <= set(config["disabledExtensions"])


@of("base")
def test_every_export_format_that_is_offered_works(notebook_of: Start, name: str) -> None:
    notebook = notebook_of(name)
    output = {"output_type": "display_data", "data": {"text/html": "<b>表</b>", "text/plain": "表"}, "metadata": {}}
    code = {"cell_type": "code", "id": "b", "source": "1", "outputs": [output], "execution_count": 1, "metadata": {}}
    text = {"cell_type": "markdown", "id": "a", "source": "# 标题\n\n$x^2$ | y", "metadata": {}}
    kernel = {"language_info": {"name": "python", "file_extension": ".py"}}
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [text, code]}
    notebook.server("PUT", "api/contents/book.ipynb", json={"type": "notebook", "content": book})
    formats = set(notebook.server("GET", "api/nbconvert").json())
    with_pandoc = {"asciidoc", "latex", "rst", "pdf"} if "scipy" in family(name) else set()
    assert formats == {"custom", "html", "markdown", "notebook", "python", "script", "slides"} | with_pandoc
    for form in formats - {"custom"}:  # JupyterLab does not show that one
        assert notebook.server("GET", f"nbconvert/{form}/book.ipynb").ok, form
    printed = notebook.server("GET", "nbconvert/html/book.ipynb?download=false")  # what File > Print prints
    assert {"标题", "表"} <= set(re.findall("标题|表", printed.content.decode()))


DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
"""A PNG of one pixel."""


@of("scipy")
def test_a_notebook_as_pdf_has_chinese_and_its_images(notebook_of: Start, name: str) -> None:
    notebook = notebook_of(name)
    image = {"output_type": "display_data", "data": {"image/png": DOT, "text/plain": "<Figure>"}, "metadata": {}}
    code = {"cell_type": "code", "id": "b", "source": "plot()", "outputs": [image], "execution_count": 1, "metadata": {}}
    linked = "# 标题\n\n$$\\int_0^1 x^2\\,dx$$\n\n![](dot.png) ![](missing.png) `#panic()` #let"
    text = {"cell_type": "markdown", "id": "a", "source": linked, "metadata": {}}
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [text, code]}
    notebook.server("PUT", "api/contents/中 文", json={"type": "directory"})
    notebook.server("PUT", "api/contents/中 文/dot.png", json={"type": "file", "format": "base64", "content": DOT})
    notebook.server("PUT", "api/contents/中 文/a b.ipynb", json={"type": "notebook", "content": book})
    pdf = notebook.server("GET", "nbconvert/pdf/中 文/a b.ipynb").content
    assert pdf.startswith(b"%PDF")
    assert b"WenQuanYi" in pdf
    assert pdf.count(b"/Subtype /Image") + pdf.count(b"/Subtype/Image") == 2


CHINESE = """
import warnings
warnings.simplefilter("error")
import matplotlib.pyplot as plt
plt.figure(figsize=(3, 2))
plt.title("温度 Temperature −5 °C")
plt.plot([-1, 1], label="数据")
plt.legend()
plt.savefig("chinese.png")
print(plt.rcParams["axes.unicode_minus"])
"""


@of("scipy")
def test_chinese_in_plots(notebook_of: Start, name: str) -> None:
    """A character that no font has is a warning, and a box."""
    with Kernel(notebook_of(name)) as kernel:
        assert kernel.run(CHINESE, 60) == "True"


@of("scipy")
def test_matplotlibs_widget_works_in_jupyterlab(notebook_of: Start, name: str) -> None:
    notebook = notebook_of(name)
    with Kernel(notebook) as kernel:
        code = "%matplotlib widget\nimport matplotlib.pyplot as plt\nfigure, _ = plt.subplots()\nprint(type(figure.canvas))"
        assert "ipympl.backend_nbagg.Canvas" in kernel.run(code, 60)
    assert '"jupyter-matplotlib"' in notebook.server("GET", "lab").text


@of("r")
def test_r(notebook_of: Start, name: str) -> None:
    notebook = notebook_of(name)
    plot = 'ggsave("plot.png", ggplot(mtcars, aes(wt, mpg)) + geom_point(), width = 4, height = 3)'
    with Kernel(notebook, name=notebook.kernels()["R"]) as kernel:
        kernel.run("suppressPackageStartupMessages({library(ggplot2); library(dplyr); library(tidyr); library(readr)})", 60)
        assert kernel.run("cat(nrow(filter(mtcars, cyl == 4)))") == "11"
        kernel.run(plot, 60)
        assert int(kernel.run('cat(file.size("plot.png"))')) > 3000
        assert kernel.run("cat(getOption('repos'))") == "https://cloud.r-project.org"
        assert kernel.run("cat(.libPaths()[1])").startswith("/home/jovyan/work/.R/library-4")
    assert notebook.shell("fc-list :lang=zh | head -1")
    assert "https://cran.example.org" in notebook.shell(
        "CRAN_MIRROR=https://cran.example.org Rscript -e 'getOption(\"repos\")'"
    )
    assert "Read-only file system" in notebook.shell("touch /opt/notebook/x || true"), "R needs nothing but work and /tmp"


@of("bokeh")
def test_examples_are_given_once_and_are_the_persons(notebook_of: Start, name: str) -> None:
    listed = notebook_of(name).shell("cd ~/work/examples/bokeh && touch app.py && ls").split()
    assert listed == ["README.md", "app.py", "sliders.ipynb"]


@pytest.fixture
def work(engine_ready: None) -> Iterator[dict[str, Any]]:
    """A person's volume."""
    volume = docker.from_env().volumes.create()
    yield {str(volume.name): {"bind": "/home/jovyan/work", "mode": "rw"}}
    volume.remove()


def package_index() -> dict[str, str]:
    """The settings by which the hub tells notebooks of a mirror."""
    given = settings.load(ROOT, os.environ | STACK).environment()["STACKCTL_NOTEBOOK_ENVIRONMENT"]
    return dict(json.loads(given)) if given else {}


def test_environments_are_kernels_and_outlast_the_server(
    images: dict[str, str], alices_hub: Hub, bundle: dict[str, Any], work: dict[str, Any]
) -> None:
    options: dict[str, Any] = {"volumes": bundle | work}
    with started(images["base"], alices_hub, package_index(), **options) as notebook:
        notebook.shell("python -m venv project/.venv && project/.venv/bin/pip install --quiet cowsay")
        notebook.shell("pip install --quiet uv && uv venv --quiet fast && uv pip install --quiet --python fast cowsay")
        notebook.shell("python -m venv own && own/bin/pip install --quiet ipykernel")
        notebook.shell("python -m venv broken && rm broken/bin/python")
        assert set(notebook.kernels()) == {"Python 3 (ipykernel)", *map(readable, ("project", "fast", "own"))}
        in_environment(notebook, "project", "project/.venv", "cowsay", "/opt/notebook/")
    with started(images["base"], alices_hub, package_index(), **options) as notebook:
        in_environment(notebook, "project", "project/.venv", "cowsay", "/opt/notebook/")
        in_environment(notebook, "fast", "fast", "cowsay", "/opt/notebook/")
        in_environment(notebook, "own", "own", "zmq", "/home/jovyan/work/own/")


def readable(title: str) -> str:
    return f"{title} (Python 3.13)"


def in_environment(notebook: Notebook, title: str, path: str, package: str, kernel_from: str) -> None:
    """The environment's kernel runs its Python, imports its package and no others', and finds its commands first."""
    folder = f"/home/jovyan/work/{path}"
    code = "import os, sys, shutil, importlib.util, ipykernel, {0}; print(sys.prefix, {0}.__file__, ipykernel.__file__, "
    code += "shutil.which('python'), os.environ['VIRTUAL_ENV'], importlib.util.find_spec('jupyterhub'))"
    with Kernel(notebook, name=notebook.kernels()[readable(title)]) as kernel:
        prefix, module, its_kernel, python, active, hub = kernel.run(code.format(package)).split()
    assert (prefix, python, active, hub) == (folder, f"{folder}/bin/python", folder, "None")
    assert module.startswith(folder)
    assert its_kernel.startswith(kernel_from)
