"""Numbers of users in the containers, and so of the owners of files in volumes."""

SERVICE = 990
"""Hub, proxy, gate and nginx: they share sockets that no other user may open."""

NOTEBOOK = 1000
"""Every notebook server, in every image, and so the owner of people's files: they can change between images."""
