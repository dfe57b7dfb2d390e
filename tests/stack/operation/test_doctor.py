"""`stackctl doctor`: passes on a healthy stack, finds each fault that a test causes, and leaves nothing behind."""

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

from tests.support.person import Person
from tests.support.running import Stack
from tests.support.waiting import wait_until

Found = dict[str, list[str]]
QUICK = "--quiet-call=1"
LITTLE = """
set -e
cd /etc/nginx
sed -e /Upgrade/d -e 's/max_body_size .*/max_body_size 1m;/' -e 's/read_timeout .*/read_timeout 1s;/' \\
    snippets/long-calls.conf >/run/nginx/little.conf
sed 's|snippets/long-calls.conf|/run/nginx/little.conf|' snippets/site.conf >/run/nginx/little-site.conf
rm /run/nginx/site.conf
sed 's|snippets/site.conf|/run/nginx/little-site.conf|' templates/sites/local.conf >/run/nginx/site.conf
"""


def examine(stack: Stack, *options: str, code: int = 3, **environment: Any) -> Found:
    """What doctor finds that is not ok, by check group: level and message."""
    output = stack.ctl("doctor", "--json", *options, code=code, **environment).out
    found: Found = {}
    for item in json.loads(output):
        if item["level"] != "ok" and item["group"] != "Docker security":  # that is about this machine's Docker
            assert item["fix"], item
            found.setdefault(item["group"], []).append(f"{item['level']}: {item['message']}")
    return found


def left_behind(stack: Stack) -> list[str]:
    """Temporary containers, and routes to them."""
    containers = stack.docker.containers.list(all=True, filters={"label": f"stackhub.temporary={stack.name}"})
    return [str(item.name) for item in containers] + [path for path in proxy_routes(stack) if "doctor" in path]


def proxy_routes(stack: Stack) -> dict[str, Any]:
    """The proxy's routes."""
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
    """What a test adds here is undone after it; then people can sign in again."""
    forget_who_is_gone(stack)
    with ExitStack() as undo:
        yield undo
    stack.wait_until_ready()


def forget_who_is_gone(stack: Stack) -> None:
    """Remove the volumes of other tests' users, who have no account any more."""
    accounts = {user["name"] for user in json.loads(stack.ctl("users", "list", "--json").out)}
    for volume in stack.docker.volumes.list(filters={"label": f"stackhub.stack={stack.name}"}):
        if volume.attrs["Labels"]["stackhub.user"] not in accounts:
            volume.remove()


def subnet(stack: Stack) -> IPv4Network:
    """Unused addresses at the end of the users network."""
    described = stack.docker.networks.get(f"{stack.name}-users").attrs
    whole = ip_network(described["IPAM"]["Config"][0]["Subnet"])
    assert isinstance(whole, IPv4Network)
    return list(whole.subnets(new_prefix=28))[-1]


@contextmanager
def a_route_away(to: IPv4Network) -> Iterator[None]:
    """A route as a VPN adds it."""
    subprocess.run(["ip", "route", "add", "blackhole", str(to)], check=True)
    try:
        yield
    finally:
        subprocess.run(["ip", "route", "del", "blackhole", str(to)], check=True)


def a_volume(stack: Stack, user: str, undo: ExitStack) -> str:
    """A user's new volume: it belongs to root, as Docker creates it."""
    labels = {"stackhub.stack": stack.name, "stackhub.user": user}
    volume = stack.docker.volumes.create(f"{stack.name}-user-{user}", labels=labels)
    undo.callback(volume.remove)
    return str(volume.name)


@contextmanager
def a_container_of_nobody(stack: Stack) -> Iterator[None]:
    """A container like a notebook server's, of a user that the hub does not know."""
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
    stack.wait_until_healthy()
    assert examine(stack, code=0) == {}
    assert left_behind(stack) == []


def test_hub_stopped_proxy_restarted_settings_changed_and_more(stack: Stack, well: ExitStack, alice: Person) -> None:
    alice.start()
    hub, secret = stack.services()["hub"], stack.root / ".stack" / stack.name / "admin-password"
    well.callback(hub.start)
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
        "fail: hub is not running: it is exited.",
        "warn: hub has old settings or an old image: recreate (its settings changed).",
    ]
    (clash,) = found.pop("Addresses")
    assert f"The route to {away} (blackhole) takes addresses of the Docker network {stack.name}-users" in clash
    assert found == {
        "Secrets": [f"fail: .stack/{stack.name}/admin-password is secret, but others on this server can read it."],
        "Notebook servers": ["fail: The server of alice is running, but the proxy has no route to it."],
        "Volumes": [f"fail: The volume {volume} belongs to user id 0, but user id 61100 must write to it."],
    }, "what follows from the hub that is away is not reported again"


@pytest.mark.full
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
        "fail: A websocket does not come through: the answer is 503 instead of 101, Switching Protocols.",
        "fail: An upload of 5 MB does not come through: the answer is 413.",
        "fail: A call that is silent for 3 seconds does not come through: the answer is 503.",
    ]
    assert found.pop("From a notebook") == [
        f"fail: A notebook cannot look up {nowhere}.",
        "fail: pip in a notebook does not find its index.",
    ]
    assert found.pop("Notebook servers") == [
        f"warn: The container {stack.name}-ghost is running, but the hub knows no such server of ghost.",
        "warn: The hub has the server of alice as running, but its container is not running.",
    ]
    assert found.pop("Volumes") == [
        f"fail: The volume {volume} belongs to user id 0, but user id 61100 must write to it.",
        f"warn: 1 volume has files of people without an account: {volume}.",
    ]
    (clash,) = found.pop("Addresses")
    assert clash.startswith(f"fail: {away} has the address {away}, which is in the Docker network {stack.name}-users")
    assert found.pop("Clock") == ["warn: This server's clock was not compared: no mirror answered."]
    assert found.keys() == {"Services", "Container rights"}


def test_proxy_killed_hub_off_its_network_and_an_image_gone(stack: Stack, well: ExitStack) -> None:
    network, hub = stack.docker.networks.get(f"{stack.name}-users"), stack.services()["hub"]
    well.callback(stack.ctl, "up")  # a hub that Docker alone connects again is not let through by the firewall
    network.disconnect(hub)
    stack.services()["proxy"].stop()
    images = stack.root / ".stack" / stack.name / "images.json"
    before = images.read_text()
    well.callback(images.write_text, before)
    known = json.loads(before)
    images.write_text(json.dumps(known | {"published": known["published"] | {"gone": f"sha256:{'0' * 64}"}}))
    found = examine(stack, QUICK)
    assert found.pop("Services")[-1] == "fail: proxy is not running: it is exited."
    assert found == {
        "Notebook images": ["fail: People can choose the image gone, but it was removed: its servers cannot start."],
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
    assert found["Addresses"] == [f"fail: There is a network {other}-users that was created by hand."]
    assert found["Services"] == ["warn: The stack is not running; many checks need a running stack."]
    assert in_use.removeprefix("fail: ") in refused.err


def has_route(stack: Stack) -> bool:
    return any("doctor" in path for path in proxy_routes(stack))


def looks_at_volumes(stack: Stack) -> bool:
    found = stack.docker.api.containers(all=True, filters={"label": f"stackhub.temporary={stack.name}"})
    return any(item["Command"].startswith("stat ") for item in found)


@pytest.mark.parametrize("step", [looks_at_volumes, has_route])
def test_nothing_is_left_when_it_is_cut_off(stack: Stack, step: Callable[[Stack], bool]) -> None:
    command = ["bin/stackctl", "doctor", "--quiet-call=30"]
    with subprocess.Popen(
        command, cwd=stack.root, env=stack.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        wait_until(lambda: step(stack), 30, step.__name__, every=0.02)
        running.send_signal(signal.SIGINT)
        running.send_signal(signal.SIGINT)  # as impatient people do
        assert running.wait(30) == 130
    assert left_behind(stack) == []
