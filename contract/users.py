"""Numbers of users and groups in the containers, and so of the owners of files in volumes.

A container's user 1000 is also the server's: usually its first account. So notebook servers have a number that no
distribution, adduser or systemd gives to anybody: 60578 to 61183 in https://systemd.io/UIDS-GIDS/.
"""

SERVICE = 990
"""Hub, proxy, gate and nginx: they share sockets that no other user may open."""

SERVICE_GROUP = 61101
"""Their group. One of the server's accounts may have their user number, but not their group too, which /proc asks for."""

NOTEBOOK = 61100
"""User and group of every notebook server, whatever its image says, and so the owner of people's files."""

USERS = 100
"""A second group of notebook servers, in which docker-stacks' images let everybody write who has another user number."""

FORMER_NOTEBOOK = 1000
"""What NOTEBOOK was before. `up` gives its files to NOTEBOOK."""
