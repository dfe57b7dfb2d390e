"""Runs inside a notebook image to check it: check.py passes this file to the image's Python and reads its last line.

The image's entrypoint starts it in place of the notebook server. It starts the notebook server itself, and answers as its
hub. It must run on the image's own Python, 3.8 or newer, with the standard library alone.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any

MARK = "stackctl-probe: "
"""The beginning of the line with the result, among whatever an entrypoint prints."""

PROGRAMS = ("bash", "git")
"""Programs that people use, but an image can do without."""

HTTP_SECONDS, KERNEL_SECONDS, STOP_SECONDS = 20, 40, 5

# For the Python that the notebook server runs on, which need not be the one on PATH.
PACKAGES = """
import json
from importlib import metadata, util
def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
versions = {name: version(name) for name in ("jupyterhub", "jupyterlab")}
print(json.dumps({**versions, "activity": util.find_spec("stack_activity") is not None}))
"""
KERNEL = """
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
from jupyter_client.manager import start_new_kernel
names = sorted(KernelSpecManager().find_kernel_specs())
if not names:
    raise SystemExit("there is no kernel")
name = NATIVE_KERNEL_NAME if NATIVE_KERNEL_NAME in names else names[0]
manager, client = start_new_kernel(kernel_name=name, startup_timeout=30)
output = []
client.execute_interactive("6*7", timeout=30, output_hook=lambda message: output.append(str(message["content"])))
client.stop_channels()
manager.shutdown_kernel(now=True)
if "42" not in "".join(output):
    raise SystemExit("the kernel %s does not know what 6*7 is: %s" % (name, output))
print(name)
"""


class Hub(ThreadingMixIn, HTTPServer):
    """The part of the hub's API that a notebook server calls: the hub's version, and a token's user."""

    daemon_threads = True


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token, user = os.environ["JUPYTERHUB_API_TOKEN"], os.environ["JUPYTERHUB_USER"]
        authorized = self.headers.get("Authorization", "").split(" ")[-1] == token
        scopes = ["access:servers!user=" + user]
        person = {"kind": "user", "name": user, "admin": False, "groups": [], "scopes": scopes, "servers": {}}
        body = json.dumps(person if authorized else {"version": ""}).encode()
        open_to_all = self.path.rstrip("/") == "/hub/api"
        self.send_response(200 if authorized or open_to_all else 403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Server:
    """The notebook server, from its start to its end."""

    def __init__(self, command: list[str]) -> None:
        self.begun = time.monotonic()
        self.lines: deque[str] = deque(maxlen=15)
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.lines.append(line.rstrip("\n")[:300])

    def opens(self, port: int, seconds: float) -> bool:
        """Wait until it listens on every address that it has. False when it ends first, and after `seconds`."""
        while time.monotonic() - self.begun < seconds and self._process.poll() is None:
            try:  # a server for 127.0.0.1 alone, which nobody would reach, does not answer here
                socket.create_connection(("127.0.0.2", port), timeout=1).close()
                return True
            except OSError:
                time.sleep(0.05)
        return False

    @property
    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reader.join(1)


def find(command: list[str], work: str, port: int, hub_port: int, seconds: float, least: list[int]) -> dict[str, Any]:
    """Check the image. Starts the server only with jupyterhub `least` or newer, and if files can be saved."""
    age = container_age()  # the time that the entrypoint took
    report: dict[str, Any] = {"locked": [folder for folder in (work, os.path.expanduser("~")) if not writable(folder)]}
    report["missing"] = [name for name in PROGRAMS if shutil.which(name) is None]
    if "git" not in report["missing"] and not git_reads_its_settings():
        report["missing"].append("git settings")
    program = shutil.which(command[0])
    report["server"] = bool(program)
    if program is None:
        return report
    python = interpreter(program)
    report.update(packages(python))
    new_enough = numbers(report["jupyterhub"]) >= least and report["jupyterlab"]
    if not new_enough or report["locked"]:
        return report
    hub = Hub(("127.0.0.1", hub_port), Handler)
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    server = Server(command)
    try:
        report["opened"] = server.opens(port, seconds - age)
        report["seconds"] = round(age + time.monotonic() - server.begun, 1)
        report["ended"] = server.ended
        if report["opened"]:
            report["strangers"], report["owner"] = status(port, ""), status(port, os.environ["JUPYTERHUB_API_TOKEN"])
            report["kernel"], report["kernel_error"] = kernel(python, work)
    finally:
        server.stop()
    report["log"] = "\n".join(server.lines)
    return report


def numbers(version: str) -> list[int]:
    """The first two numbers of a version; [] for ""."""
    return [int(part) for part in re.findall(r"\d+", version)[:2]]


def container_age() -> float:
    """Seconds since the container's first process started."""
    with open("/proc/1/stat") as stat, open("/proc/uptime") as uptime:
        ticks = int(stat.read().rsplit(")", 1)[1].split()[19])
        return max(0.0, float(uptime.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK"))


def writable(folder: str) -> bool:
    """Whether a file can be created in a folder."""
    path = os.path.join(folder, ".stackctl-probe")
    try:
        with open(path, "w"):
            pass
        os.remove(path)
    except OSError:
        return False
    return True


def interpreter(program: str) -> str:
    """The Python that runs a script installed by pip or conda."""
    with open(program, "rb") as file:
        head = file.read(2000).decode(errors="replace")
    # if the path is too long for a #! line, pip and conda write a line of shell
    named = re.search(r"""(?:^#!|exec['" ]*)(/\S*python[\d.]*)""", head)
    return named.group(1) if named else sys.executable


def packages(python: str) -> dict[str, Any]:
    """The versions of the packages that an image needs, "" for a missing one."""
    try:
        ran = subprocess.run([python, "-c", PACKAGES], stdout=subprocess.PIPE, timeout=30, check=True)
        return dict(json.loads(ran.stdout.decode()))
    except (OSError, ValueError, subprocess.SubprocessError):
        return {"jupyterhub": "", "jupyterlab": "", "activity": False}


def git_reads_its_settings() -> bool:
    """Whether Git works for the image's user."""
    return subprocess.run(["git", "config", "--list"], stdout=subprocess.DEVNULL, check=False).returncode == 0


def status(port: int, token: str) -> int:
    """The HTTP status of a request for the server's files, with a token or without; 0 for no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HTTP_SECONDS)
    try:
        headers = {"Authorization": "token " + token} if token else {}
        connection.request("GET", os.environ["JUPYTERHUB_SERVICE_PREFIX"] + "api/contents", headers=headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def kernel(python: str, work: str) -> list[str]:
    """Start a kernel: its name, or "" and the error."""
    command = [python, "-c", KERNEL]
    pipe = subprocess.PIPE
    try:
        ran = subprocess.run(command, cwd=work, stdout=pipe, stderr=pipe, timeout=KERNEL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return ["", f"no answer within {KERNEL_SECONDS} seconds"]
    if ran.returncode != 0:
        return ["", "\n".join(ran.stderr.decode(errors="replace").splitlines()[-5:])]
    return [ran.stdout.decode().split()[-1], ""]


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    print("\n" + MARK + json.dumps(find(**arguments)), flush=True)
