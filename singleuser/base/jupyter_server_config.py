"""How every notebook server of the stack is set up. Variants add files to jupyter_server_config.d/."""

import os

from traitlets.config import get_config

c = get_config()

# The hub looks after updates; a server should not ask the internet at each start.
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
# Extensions come with the image: what a user would add is gone at the next start.
c.LabApp.extension_manager = "readonly"

c.FileContentsManager.delete_to_trash = False  # the trash would be in the container, and gone with it

# JupyterLab's status bar: memory and CPU beside the limits that the hub gave, MEM_LIMIT and CPU_LIMIT.
c.ResourceUseDisplay.track_cpu_percent = True
c.ResourceUseDisplay.cpu_warning_threshold = 0  # it would compare percents with CPUs, and warn always
c.ResourceUseDisplay.show_host_usage = False  # the host is others' too
c.ResourceUseDisplay.enable_prometheus_metrics = False  # each second, for nobody

c.ServerApp.kernel_spec_manager_class = "stack_kernels.EnvironmentKernels"  # a kernel for each of a person's environments
c.ServerApp.kernel_websocket_connection_class = "stack_websocket.PromptConnection"  # 10 ms for a cell, and not 50

# JupyterLab in the hub's language for whoever has not set another one: this path leads to other defaults of its settings.
if language := os.environ.get("STACK_LANG"):
    paths = [f"/opt/notebook/etc/jupyter/languages/{language}", os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
