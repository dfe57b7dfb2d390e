"""Runs until it is stopped: accepts connections at a TCP port, and echoes what arrives at the same UDP port."""

from __future__ import annotations

import socket
import sys

port = int(sys.argv[1])
taking = socket.create_server(("", port), backlog=100)
answering = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
answering.bind(("", port))
while True:
    answering.sendto(*answering.recvfrom(1))
