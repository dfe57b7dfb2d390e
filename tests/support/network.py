"""The network of a server of its own: a cable to this machine, which passes on what the server sends, and name servers."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stackctl.host import machine

ADDRESSES = "198.18.0.0/16"
"""Where the addresses are from: https://www.rfc-editor.org/rfc/rfc2544 keeps them for tests."""


@dataclass(frozen=True)
class Connection:
    """The two ends of a cable, as IPv4 addresses."""

    machine: str = ""
    server: str = ""
    """The machine reaches every TCP port here, those too that the server opens on 127.0.0.1 only."""


@contextmanager
def connection(pid: int, name: str) -> Iterator[Connection]:
    """Connect the network namespace of a process to the machine, and through it to the world.

    The machine's firewall gets rules with the comment `name`: `remove_rules` is to be called afterwards.
    """
    number = _cable(pid)
    cable, ends = f"stackserver{number}", Connection(f"198.18.{number}.1", f"198.18.{number}.2")
    try:
        _run(f"ip address add {ends.machine}/30 dev {cable}")
        _run(f"ip link set {cable} up")
        _rule(name, f"--table nat --append POSTROUTING --source {ends.server} ! --out-interface {cable} --jump MASQUERADE")
        _rule(name, f"--insert FORWARD --in-interface {cable} --jump ACCEPT")
        _rule(name, f"--insert FORWARD --out-interface {cable} --jump ACCEPT")
        _run_there(pid, f"ip address add {ends.server}/30 dev eth0")
        _run_there(pid, "ip link set eth0 up")
        _run_there(pid, f"ip route add default via {ends.machine}")
        # a stack without a name publishes its port on 127.0.0.1 only
        _run_there(pid, "sh -c 'echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet'")
        _run_there(pid, "iptables -t nat -A PREROUTING --in-interface eth0 --protocol tcp --jump DNAT --to 127.0.0.1")
        yield ends
    finally:
        subprocess.run(["ip", "link", "delete", cable], capture_output=True, check=False)


def _cable(pid: int) -> int:
    """Connect the machine and a process. The cable's number: the first that no other cable has."""
    for number in range(256):
        line = f"ip link add stackserver{number} type veth peer name eth0 netns {pid}"
        ran = subprocess.run(line.split(), capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            return number
        assert "File exists" in ran.stderr, ran.stderr
    raise AssertionError("no free number for a network")


def _rule(name: str, rule: str) -> None:
    _run(f"iptables --wait {rule} --match comment --comment {name}")


def remove_rules(name: str) -> None:
    """Remove the rules that were made for a server."""
    for table, chain in (("nat", "POSTROUTING"), ("filter", "FORWARD")):
        listed = subprocess.run(["iptables", "-w", "-t", table, "-S", chain], capture_output=True, text=True, check=True)
        for line in listed.stdout.splitlines():
            words = shlex.split(line)
            if name in words:
                subprocess.run(["iptables", "-w", "-t", table, "--delete", *words[1:]], check=True)


def resolver() -> str:
    """A resolv.conf with the name servers that this machine asks: not systemd's, which answers on 127.0.0.53 only."""
    return "".join(f"nameserver {address}\n" for address in machine.name_servers())


def _run(line: str) -> None:
    ran = subprocess.run(shlex.split(line), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{line}\n{ran.stderr}"


def _run_there(pid: int, line: str) -> None:
    _run(f"nsenter --target {pid} --net --mount {line}")
