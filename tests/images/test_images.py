"""What is in each finished image, and what is not."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from typing import Any

import pytest

from stackctl import __version__
from tests.images.table import BUDGETS, NOTEBOOKS
from tests.lint.test_mounts import LINKS
from tests.support.checkout import STACK, run
from tests.support.machine import one_at_a_time

BUILD_TOOLS = r"(gcc|g\+\+|cc|c\+\+|cpp|clang|ld|as|make|npm|npx|yarn)(-[\d.]+)?"
PYTHON = {name: f"/opt/{name}/lib/python3.13/site-packages" for name in ("gate", "hub")}
PYTHON |= dict.fromkeys(NOTEBOOKS, "/opt/notebook/lib/python3.13/site-packages")

every_image = pytest.mark.parametrize("service", BUDGETS)


def inspect(image: str) -> dict[str, Any]:
    return dict(json.loads(run("docker", "image", "inspect", image))[0])


@cache
def files(image: str) -> dict[str, int]:
    """The size of each file in an image, by its path."""
    find = ["--entrypoint", "find", image, "/", "-xdev", "-type", "f", "-printf", r"%s %p\n"]
    listed = run("docker", "run", "--rm", "--network", "none", "--user", "0", *find)
    return {path: int(size) for size, path in (line.split(" ", 1) for line in listed.splitlines())}


def matching(image: str, pattern: str) -> list[str]:
    return [path for path in files(image) if re.match(pattern, path)]


def test_every_image_is_looked_at(images: dict[str, str]) -> None:
    assert set(images) == set(BUDGETS)
    assert images["hub"] == f"{STACK['STACK_NAME']}-hub"


@every_image
def test_size(images: dict[str, str], service: str) -> None:
    assert inspect(images[service])["Size"] / 1e6 <= BUDGETS[service]


@every_image
def test_its_user_is_not_root(images: dict[str, str], service: str) -> None:
    assert inspect(images[service])["Config"]["User"] not in ("", "0", "root")
    shown = run("docker", "run", "--rm", "--network", "none", "--entrypoint", "id", images[service], "-u")
    assert int(shown) != 0


@every_image
def test_labels_say_what_it_is(images: dict[str, str], service: str) -> None:
    labels = inspect(images[service])["Config"]["Labels"]
    assert service in labels["org.opencontainers.image.title"]
    assert labels["org.opencontainers.image.version"] == __version__
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", labels["org.opencontainers.image.revision"])


@every_image
def test_folders_that_are_links_are_known(images: dict[str, str], service: str) -> None:
    find = ["--entrypoint", "find", images[service], "/", "-xdev", "-maxdepth", "3", "-type", "l", "-xtype", "d"]
    listed = run("docker", "run", "--rm", "--network", "none", "--user", "0", *find)
    elsewhere = ("/opt/", "/proc/", "/usr/bin/", "/usr/lib/", "/usr/share/")  # where we mount nothing
    standard = {path for path in listed.split() if not path.startswith(elsewhere)}
    assert standard <= set(LINKS)


@every_image
def test_no_build_tools(images: dict[str, str], service: str) -> None:
    assert matching(images[service], rf".*/s?bin/{BUILD_TOOLS}$") == []


@every_image
def test_no_lists_and_caches_of_package_managers(images: dict[str, str], service: str) -> None:
    kept = "/var/(lib/apt/lists|cache/apt)/"
    left = [path for path in matching(images[service], kept) if os.path.basename(path) != "lock"]
    assert left + matching(images[service], r".*/(\.cache|_cacache|\.npm)/") == []


@every_image
def test_no_logs(images: dict[str, str], service: str) -> None:
    written = {path: size for path, size in files(images[service]).items() if path.startswith("/var/log/") and size}
    assert written == {}


@every_image
def test_no_build_secrets_and_nothing_temporary(images: dict[str, str], service: str) -> None:
    assert matching(images[service], r"/(run/secrets|tmp|var/tmp|mirrors)/") == []


@pytest.mark.parametrize("service", PYTHON)
def test_python_packages_are_compiled(images: dict[str, str], service: str) -> None:
    there = files(images[service])
    sources = matching(images[service], rf"{PYTHON[service]}/.*\.py$")
    assert len(sources) > 100
    compiled = r"\1/__pycache__/\2.cpython-313.pyc"
    assert [path for path in sources if re.sub(r"(.*)/(.*)\.py$", compiled, path) not in there] == []


def test_a_login_shell_finds_the_notebooks_python(images: dict[str, str]) -> None:
    """JupyterLab's terminal is one, and Debian's /etc/profile sets a new PATH."""
    found = run("docker", "run", "--rm", "--network", "none", images["base"], "bash", "-lc", "command -v python pip nano")
    assert found.split() == ["/opt/notebook/bin/python", "/opt/notebook/bin/pip", "/usr/bin/nano"]


@pytest.mark.parametrize("base_url", ["/", "/v1.0/lab/"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"STACK_HOST": "hub.example.org", "STACK_HTTPS_PORT": "8443"},
        {"STACK_HOST": "fd00::5"},
        {"STACK_HOST": "hub.example.org", "STACK_SUBDOMAINS": "on"},
        {"STACK_HOST": "hub.example.org", "STACK_TLS": "off", "STACK_TRUSTED_PROXIES": "127.0.0.1,10.1.0.0/16,fd00::/8"},
    ],
    ids=["local", "TLS, other port", "TLS, IPv6", "subdomains", "proxied"],
)
def test_nginx_accepts_its_configuration(images: dict[str, str], settings: dict[str, str], base_url: str) -> None:
    given = {"STACK_TLS": "selfsigned", "STACK_BASE_URL": base_url} | settings
    options = ["--rm", "--network", "none", *(f"--env={name}={value}" for name, value in given.items())]
    dumped = run("docker", "run", *options, images["nginx"], "start-nginx", "-T", "-q")
    assert "${" not in dumped, "a template was not filled"
    escaped = base_url.replace(".", r"\.")
    assert f'"~^{escaped}" stack;' in dumped
    assert f"location ~ ^{escaped}(user|services)/ {{" in dumped


def test_a_build_with_nothing_changed_keeps_every_image(images: dict[str, str]) -> None:
    before = {service: inspect(image)["Id"] for service, image in images.items()}
    with one_at_a_time():
        run("bin/stackctl", "build", seconds=120)
    assert {service: inspect(image)["Id"] for service, image in images.items()} == before
