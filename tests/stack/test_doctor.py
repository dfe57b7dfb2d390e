"""`stackctl doctor`: right when all is well, and right about each thing that is broken on purpose; nothing of it is left."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import IPv4Network, ip_network
from typing import Any

import docker.errors
import pytest

from tests.stack.person import Person
from tests.stack.running import Stack
from tests.stack.waiting import wait_until

Found = dict[str, list[str]]
QUICK = "--quiet-call=1"
LITTLE = """
set -e
cd /etc/nginx
sed -e /Upgrade/d -e 's/max_body_size .*/max_body_size 1m;/' -e 's/read_timeout .*/read_timeout 1s;/' \\
    snippets/long-calls.conf >/run/nginx/little.conf
sed 's|snippets/long-calls.conf|/run/nginx/little.conf|' snippets/site.conf >/run/nginx/little-site.conf
rm /run/nginx/site.conf
sed 's|snippets/site.conf|/run/nginx/little-site.conf|' sites/local.conf >/run/nginx/site.conf
"""


def examine(stack: Stack, *options: str, code: int = 3, **environment: Any) -> Found:
    """What doctor finds that is not ok, by topic: level and message."""
    said = stack.ctl("doctor", "--json", *options, code=code, **environment).out
    found: Found = {}
    for item in json.loads(said):
        if item["level"] != "ok":
            assert item["fix"], item
            found.setdefault(item["topic"], []).append(f"{item['level']}: {item['message']}")
    return found


def left_behind(stack: Stack) -> list[str]:
    """Throw-away containers, and routes to them."""
    containers = stack.docker.containers.list(all=True, filters={"label": f"stackhub.doctor={stack.name}"})
    return [str(item.name) for item in containers] + [path for path in proxy_routes(stack) if "doctor" in path]


def proxy_routes(stack: Stack) -> dict[str, Any]:
    """What the proxy says of its routes."""
    script = """
import http.client, socket
connection = http.client.HTTPConnection("proxy")
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect("/run/proxy/api.sock")
connection.request("GET", "/api/routes", headers={"Authorization": "token " + open("/run/proxy/token").read().strip()})
print(connection.getresponse().read().decode())
"""
    return dict(json.loads(stack.inside("hub", f"python - <<'END'\n{script}\nEND")))


@pytest.fixture
def well(stack: Stack, no_servers: None) -> Iterator[ExitStack]:
    """The stack is well before; what is entered here is undone after; then it is well again."""
    stack.wait_until_healthy()
    forget_who_is_gone(stack)
    with ExitStack() as undo:
        yield undo
    stack.wait_until_ready()
    stack.wait_until_healthy()


def forget_who_is_gone(stack: Stack) -> None:
    """Remove the files of other tests' people, who have no account any more."""
    accounts = {user["name"] for user in json.loads(stack.ctl("users", "list", "--json").out)}
    for volume in stack.docker.volumes.list(filters={"label": f"stackhub.stack={stack.name}"}):
        if volume.attrs["Labels"]["stackhub.user"] not in accounts:
            volume.remove()


def subnet(stack: Stack) -> IPv4Network:
    """Addresses at the end of the users network, which nothing has."""
    described = stack.docker.networks.get(f"{stack.name}-users").attrs
    whole = ip_network(described["IPAM"]["Config"][0]["Subnet"])
    assert isinstance(whole, IPv4Network)
    return list(whole.subnets(new_prefix=28))[-1]


@contextmanager
def a_route_away(to: IPv4Network) -> Iterator[None]:
    """As a VPN may bring one."""
    subprocess.run(["ip", "route", "add", "blackhole", str(to)], check=True)
    try:
        yield
    finally:
        subprocess.run(["ip", "route", "del", "blackhole", str(to)], check=True)


def a_volume(stack: Stack, user: str, undo: ExitStack) -> str:
    """A user's volume that nobody has written in: Docker gives such a one to root."""
    labels = {"stackhub.stack": stack.name, "stackhub.user": user}
    volume = stack.docker.volumes.create(f"{stack.name}-user-{user}", labels=labels)
    undo.callback(volume.remove)
    return str(volume.name)


@contextmanager
def a_container_of_nobody(stack: Stack) -> Iterator[None]:
    """As a notebook server's, and the hub has none of that user."""
    labels = {"stackhub.stack": stack.name, "stackhub.user": "ghost", "com.docker.compose.project": ""}
    image, name = f"{stack.name}-hub", f"{stack.name}-ghost"
    command = {"entrypoint": ["sleep", "600"], "network_mode": "none"}
    container = stack.docker.containers.create(image, name=name, labels=labels, **command)  # type: ignore[arg-type]
    try:
        container.start()
        yield
    finally:
        with suppress(docker.errors.NotFound):  # the hub does so too, once a minute
            container.remove(force=True)


def test_all_is_well_and_nothing_is_left(stack: Stack, well: ExitStack, alice: Person) -> None:
    alice.start()
    assert examine(stack, code=0) == {}
    assert left_behind(stack) == []


def test_hub_stopped_proxy_restarted_settings_changed_and_more(stack: Stack, well: ExitStack, alice: Person) -> None:
    alice.start()
    hub, secret = stack.services()["hub"], stack.root / ".stack" / stack.name / "admin-password"
    well.callback(stack.ctl, "up")
    well.callback(stack.configure)
    stack.configure(STACK_TITLE="Another")
    well.callback(secret.chmod, 0o600)
    secret.chmod(0o644)
    volume = a_volume(stack, "mallory", well)
    hub.stop()
    restarted = stack.services()["proxy"]
    restarted.restart()
    wait_until(lambda: restarted.exec_run(["start-proxy", "--check"]).exit_code == 0, 30, "the proxy answers")
    away = subnet(stack)
    with a_route_away(away):
        found = examine(stack, QUICK)
    assert found.pop("Services") == [
        "fail: hub does not run: it is exited.",
        "warn: hub does not run as the settings and images here say: recreate (its settings changed).",
    ]
    (clash,) = found.pop("Addresses")
    assert clash.startswith(f"fail: {away}, of Docker's network {stack.name}-users")
    assert found == {
        "Secrets": [f"fail: .stack/{stack.name}/admin-password is secret, and others on this server can read it."],
        "Sign-in page": [f"fail: {stack.url} answers 503."],
        "Notebook servers": ["fail: The server of alice runs, and the proxy does not know it: its user is cut off."],
        "Volumes": [f"fail: The volume {volume} belongs to user number 0, and number 1000 must write in it."],
        "From a notebook": ["fail: A notebook does not find the hub: the name hub is not known on its network."],
    }


def test_nginx_that_lets_little_through_and_what_the_hub_does_not_know(stack: Stack, well: ExitStack, alice: Person) -> None:
    stack.services()["hub"].restart()  # it removes what is no server's as it starts, and then each minute
    stack.wait_until_ready()
    volume = a_volume(stack, "gone", well)
    away = str(subnet(stack)[1])
    well.callback(stack.configure)
    nowhere = "no-such-mirror.invalid"
    stack.configure(STACK_PYPI_MIRROR=f"http://{nowhere}/simple", STACK_NPM_MIRROR=f"http://{away}/")
    alice.start()  # so that the hub has just looked, and does so again in 30 seconds only
    nginx = stack.services()["nginx"]
    well.callback(nginx.restart)
    assert nginx.exec_run(["bash", "-c", LITTLE], user="990").exit_code == 0
    assert nginx.exec_run(["nginx", "-c", "/etc/nginx/nginx.conf", "-s", "reload"], user="990").exit_code == 0
    well.enter_context(a_container_of_nobody(stack))
    stack.servers()["alice"].remove(force=True)
    found = examine(stack, "--quiet-call=3")
    assert found.pop("Through nginx") == [
        "fail: A websocket does not come through: it was answered with 503 in place of 101, Switching Protocols.",
        "fail: An upload of 5 MB does not come through: the answer is 413.",
        "fail: A call that is silent for 3 seconds does not come through: the answer is 503.",
    ]
    assert found.pop("From a notebook") == [
        f"fail: A notebook does not know the name {nowhere}.",
        "fail: pip in a notebook does not find its index.",
    ]
    assert found.pop("Notebook servers") == [
        f"warn: The container {stack.name}-ghost runs, and the hub knows of no such server of ghost.",
        "warn: The hub takes the server of alice for running, and its container does not run.",
    ]
    assert found.pop("Volumes") == [
        f"fail: The volume {volume} belongs to user number 0, and number 1000 must write in it.",
        f"warn: 1 volumes hold files of people who have no account any more: {volume}.",
    ]
    (clash,) = found.pop("Addresses")
    assert clash.startswith(f"fail: {away} has the address {away}, which is in Docker's network {stack.name}-users")
    assert found.pop("Clock") == ["warn: This server's clock is not compared: nobody was there to ask."]
    assert found.keys() == {"Services"}


def test_proxy_killed_hub_off_its_network_and_an_image_gone(stack: Stack, well: ExitStack) -> None:
    network, hub = stack.docker.networks.get(f"{stack.name}-users"), stack.services()["hub"]
    well.callback(stack.ctl, "up")
    well.callback(network.connect, hub, aliases=["hub"])
    network.disconnect(hub)
    proxy = stack.services()["proxy"]
    proxy.stop()
    images = stack.root / ".stack" / stack.name / "images.json"
    before = images.read_text()
    well.callback(images.write_text, before)
    known = json.loads(before)
    images.write_text(json.dumps(known | {"told": known["told"] | {"gone": f"sha256:{'0' * 64}"}}))
    found = examine(stack, QUICK)
    assert found.pop("Services")[-1] == "fail: proxy does not run: it is exited."
    assert found == {
        "Sign-in page": [f"fail: {stack.url} answers 503."],
        "Notebook servers": ["warn: Notebook servers are not looked at: neither hub nor proxy answers."],
        "Notebook images": ["fail: The image gone is gone, and people are still offered it: its servers do not start."],
        "From a notebook": ["fail: A notebook does not find the hub: the name hub is not known on its network."],
        "Through nginx": ["fail: proxy is not running."],
    }


def test_before_the_first_up_names_and_ports_of_others(stack: Stack) -> None:
    other = f"{stack.name}x"[:15]
    network = stack.docker.networks.create(f"{other}-users", driver="bridge")
    try:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            found = examine(stack, STACK_NAME=other, STACK_HTTP_PORT=str(port))
            refused = stack.ctl("up", "--yes", code=3, STACK_NAME=other, STACK_HTTP_PORT=str(port))
    finally:
        network.remove()
    (in_use,) = found["Ports"]
    assert in_use.startswith(f"fail: Port {port} is in use by ")
    assert found["Addresses"] == [f"fail: There is a network {other}-users that somebody made by hand."]
    assert found["Services"] == ["warn: The stack is not running; much can only be seen when it is."]
    assert in_use.removeprefix("fail: ") in refused.err


def has_route(stack: Stack) -> bool:
    return any("doctor" in path for path in proxy_routes(stack))


def looks_at_volumes(stack: Stack) -> bool:
    found = stack.docker.api.containers(all=True, filters={"label": f"stackhub.doctor={stack.name}"})
    return any(item["Command"].startswith("stat ") for item in found)


@pytest.mark.parametrize("step", [looks_at_volumes, has_route])
def test_nothing_is_left_when_it_is_cut_off(stack: Stack, step: Callable[[Stack], bool]) -> None:
    command = ["bin/stackctl", "doctor", "--quiet-call=30"]
    with subprocess.Popen(
        command, cwd=stack.root, env=stack.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        wait_until(lambda: step(stack), 30, step.__name__, every=0.02)
        running.send_signal(signal.SIGINT)
        running.send_signal(signal.SIGINT)  # whoever is impatient
        assert running.wait(30) == 130
    assert left_behind(stack) == []
