"""`python -m stackgate.check`: the health check. Exits 0 when Docker answers through the gate."""

import socket
import sys

from contract.paths import GATE_SOCKET

with socket.socket(socket.AF_UNIX) as gate:
    gate.settimeout(4)
    gate.connect(GATE_SOCKET)
    gate.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
    sys.exit(b" 200 " not in gate.recv(100).partition(b"\n")[0])
