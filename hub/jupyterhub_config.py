"""JupyterHub's configuration. The code is in stackhub/. Your own settings go into conf.d/*.py."""

from stackhub import conf_d, services
from stackhub.auth import authenticator
from stackhub.pages import handlers, templates
from stackhub.settings import Settings
from stackhub.spawn import spawner_config

c = get_config()  # noqa: F821  the loader's; traitlets.config.get_config returns another object, whose changes are lost
settings = Settings.from_environ()
c.JupyterHub.services = []
c.JupyterHub.load_roles = []
c.JupyterHub.template_paths = ["/etc/jupyterhub/templates"]

handlers.configure()
templates.configure(c)
services.configure(c, settings)
authenticator.configure(c, settings)
spawner_config.configure(c, settings)
conf_d.load(c, settings.auth)
services.add_own(c, settings)  # last: files in conf.d may have assigned a list of their own
