"""The spawner's configuration."""

from __future__ import annotations

from traitlets.config import Config

from contract import memory
from contract import names as docker_names
from contract.container import COMMAND, WORK
from stackhub.settings import Settings
from stackhub.spawn import choice
from stackhub.spawn.spawner import MARGIN, StackSpawner


def configure(c: Config, settings: Settings) -> None:
    """Use StackSpawner, with the limits of `settings`."""
    c.JupyterHub.spawner_class = StackSpawner
    c.JupyterHub.allow_named_servers = settings.named_servers > 0
    c.JupyterHub.named_server_limit_per_user = settings.named_servers
    spawner = c.StackSpawner
    spawner.prefix = docker_names.user_prefix(settings.name)
    spawner.network_name = docker_names.users_network(settings.name)
    spawner.use_internal_hostname = True
    spawner.servers_memory = memory.limit(settings.servers_memory, memory.of_machine())
    spawner.options_form = choice.form
    spawner.options_from_form = choice.from_form
    spawner.ca_bundle = settings.ca_bundle
    spawner.shared_folders = settings.shared_folders
    spawner.allowed_images = []
    spawner.pull_policy = "skip"
    spawner.remove = True
    spawner.cmd = list(COMMAND[:1])
    spawner.args = list(COMMAND[1:])
    spawner.default_url = "/lab"
    spawner.notebook_dir = WORK
    spawner.environment = {
        **settings.notebook_environment,
        "JUPYTERHUB_ACTIVITY_INTERVAL": str(settings.activity_interval),
        "STACK_BUSY_LIMIT": str(settings.busy_limit),
        "STACK_LANG": settings.lang,  # our images start JupyterLab in this language
    }
    spawner.start_timeout = settings.start_timeout + MARGIN
    spawner.http_timeout = settings.start_timeout  # for a server that was starting when the hub was killed
    spawner.extra_host_config = {
        "auto_remove": False,  # its log must survive to show why it ended; the hub removes the container later
        "init": True,
        "pids_limit": settings.process_limit,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "log_config": {"type": "json-file", "config": {"max-size": "10m", "max-file": "3"}},
    }
