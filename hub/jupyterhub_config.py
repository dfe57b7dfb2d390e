"""JupyterHub's configuration. What it says is in stackhub/; your own settings go into conf.d/*.py, read last, in order."""

from pathlib import Path

from stackhub import auth, pages, services, spawner
from stackhub.settings import Settings

c = get_config()  # noqa: F821  the loader's: traitlets' own gives the configuration in force, where a change is not noticed
settings = Settings.from_environ()
c.JupyterHub.services = []
c.JupyterHub.load_roles = []
c.JupyterHub.template_paths = ["/etc/jupyterhub/templates"]

pages.configure(c)
services.configure(c, settings)
auth.configure(c, settings)
spawner.configure(c, settings)

for path in sorted(Path("/etc/jupyterhub/conf.d").glob("*.py")):
    exec(compile(path.read_text(), path, "exec"))
