"""Configuration of every notebook server of the stack. Variants add files to jupyter_server_config.d/."""

import os
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from stack_home import keep_settings
from traitlets.config import get_config

keep_settings(Path.home())
c = get_config()

# The image is upgraded as a whole; a server should not call the internet at each start.
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
# Extensions come with the image: one that a user installs is gone at the next start.
c.LabApp.extension_manager = "readonly"

c.FileContentsManager.delete_to_trash = False  # the trash would be lost with the container
# Files such as .gitignore can be opened. JupyterLab lists them only after "Show Hidden Files".
c.ContentsManager.allow_hidden = True

# JupyterLab offers an export format only if the image has the programs for it. Our images have none of these.
pandoc = bool(which("pandoc"))
c.ASCIIDocExporter.enabled = c.LatexExporter.enabled = c.RSTExporter.enabled = pandoc
c.PDFExporter.enabled = pandoc and bool(which("xelatex"))
c.WebPDFExporter.enabled = find_spec("playwright") is not None
c.QtPDFExporter.enabled = c.QtPNGExporter.enabled = find_spec("PyQt5") is not None

# JupyterLab's status bar: memory and CPU next to the limits that the hub sets, MEM_LIMIT and CPU_LIMIT.
c.ResourceUseDisplay.track_cpu_percent = True
c.ResourceUseDisplay.cpu_warning_threshold = 0  # it compares percents with CPUs, and would always warn
c.ResourceUseDisplay.show_host_usage = False  # other people use the host too
c.ResourceUseDisplay.enable_prometheus_metrics = False  # computed each second, and nobody reads them

c.ServerApp.kernel_spec_manager_class = "stack_kernels.EnvironmentKernels"  # a kernel for each of the user's environments
c.ServerApp.kernel_websocket_connection_class = "stack_websocket.PromptConnection"  # 10 ms for a cell instead of 50

# JupyterLab starts in the hub's language, unless the user has set another one: this path has other default settings.
if language := os.environ.get("STACK_LANG"):
    paths = [f"/opt/notebook/etc/jupyter/languages/{language}", os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
