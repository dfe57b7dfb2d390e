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

# JupyterLab in the hub's language for whoever has not set another one: this path leads to other defaults of its settings.
if language := os.environ.get("STACK_LANG"):
    paths = [f"/opt/notebook/etc/jupyter/languages/{language}", os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
