"""Names and labels of a stack's networks, containers and volumes in Docker."""

STACK, USER, SERVER, IMAGE, SIZE = (f"stackhub.{name}" for name in ("stack", "user", "server", "image", "size"))
"""Labels of a notebook server's container: its stack, its user, the server's own name ("" for the first one), and the names
of its image and size. The volume with a user's files has the first two."""

SHARED = "stackhub.shared"
"""The label of a volume that everybody shares, with the stack's name."""

COMPOSE_PROJECT, COMPOSE_SERVICE = "com.docker.compose.project", "com.docker.compose.service"

NO_SERVICE = {COMPOSE_PROJECT: "", COMPOSE_SERVICE: ""}
"""Labels for a container that is no service of Compose's. An image that Compose has built carries them, its containers
inherit them, and `docker compose down` would remove such a container."""


def users_network(stack: str) -> str:
    """The network of hub, proxy and notebook servers. Its bridge on the server has the stack's own name."""
    return f"{stack}-users"


def user_prefix(stack: str) -> str:
    """What the names of notebook servers' containers and of the volumes with users' files begin with, before a dash."""
    return f"{stack}-user"


def shared_volume(stack: str, folder: str) -> str:
    """The volume of a shared folder that STACK_SHARED_FOLDERS gives a name, not a path."""
    return f"{stack}-shared-{folder}"
