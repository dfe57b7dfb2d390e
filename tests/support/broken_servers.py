"""The hub's configuration in tests: with it, the servers of some users do not come up.

That of `silent` prints a line and never answers, that of `broken` ends, and that of `strange` has an image that holds no
notebook server. JupyterHub's own limit comes ten seconds after ours.
"""

from typing import Any

c = get_config()  # type: ignore[name-defined]  # noqa: F821

servers: dict[str, dict[str, Any]] = {
    "silent": {"cmd": ["sh", "-c", "echo still thinking; exec sleep 600"], "start_timeout": 10 + 5},
    "broken": {"cmd": ["sh", "-c", "echo out of ideas; exit 3"]},
    "strange": {"cmd": ["no-such-program"]},
}


def choose(spawner):  # type: ignore[no-untyped-def]
    for name, value in servers.get(spawner.user.name, {}).items():
        setattr(spawner, name, value)


c.StackSpawner.pre_spawn_hook = choose
