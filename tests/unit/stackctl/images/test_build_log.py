"""buildx's plain progress is read and shown. The lines are from buildx 0.13."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from stackctl.catalogue import Catalogue
from stackctl.engine.compose import Compose
from stackctl.errors import StackError
from stackctl.images import base
from stackctl.images.build_log import BuildLog, follow
from stackctl.stack import Stack
from stackctl.ui import console
from tests.unit.stackctl.conftest import Checkout

BEGINNING = """\
#0 building with "default" instance using docker driver

#1 [one internal] load build definition from Dockerfile
#1 transferring dockerfile: 337B done
#1 DONE 0.0s

#6 [one prep 1/2] FROM docker.io/library/debian:trixie-slim
#6 CACHED

#7 [one prep 2/2] RUN echo prepared >/prepared && sleep 1
#7 DONE 1.3s

#8 [two two 2/2] RUN --mount=type=tmpfs,target=/tmp --mount=type=secret,id=ca_bundle echo before && exit 7
#8 0.232 before
#8 ...

#9 [one one 2/3] COPY --from=prep /prepared /
#9 DONE 0.0s

#10 [one one 3/3] RUN echo hello && sleep 1 && echo world
#10 0.184 hello
"""
FAILURE = """\
#10 CANCELED

#8 [two two 2/2] RUN --mount=type=tmpfs,target=/tmp --mount=type=secret,id=ca_bundle echo before && exit 7
#8 2.236 {output}
#8 ERROR: process "/bin/sh -c echo before && exit 7" did not complete successfully: exit code: 7
------
 > [two two 2/2] RUN --mount=type=tmpfs,target=/tmp --mount=type=secret,id=ca_bundle echo before && exit 7:
0.232 before
2.236 {output}
------
failed to solve: process "/bin/sh -c echo before && exit 7" did not complete successfully: exit code: 7
"""

UNREACHABLE = [
    "E: Failed to fetch http://127.0.0.1:9/debian/dists/trixie/InRelease  Unable to connect to 127.0.0.1:9:",
    "E: The repository 'https://mirror.example.org/debian trixie Release' does not have a Release file.",
    "E: Unable to locate package nginx",
    "Temporary failure resolving 'mirror.example.org'",
    "NewConnectionError('<pip…HTTPConnection>: Failed to establish a new connection: [Errno 111] Connection refused')",
    "npm error code ECONNREFUSED",
    "npm error network request to http://mirror.example.org/ failed, reason: getaddrinfo ENOTFOUND mirror.example.org",
]
UNTRUSTED = [
    "W: Failed to fetch https://mirror.example.org/InRelease  SSL connection failed: error:0A000086:SSL routines::"
    "certificate verify failed / Success [IP: 172.17.0.1 18443]",
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed')",
    "npm error request to https://mirror.example.org/ failed, reason: self-signed certificate",
    "npm error request to https://mirror.example.org/ failed, reason: unable to get local issuer certificate",
    "npm error request to https://mirror.example.org/ failed, reason: unable to verify the first certificate",
]


def read(text: str) -> BuildLog:
    log = BuildLog()
    for line in text.splitlines():
        log.feed(line)
    return log


def test_the_steps_of_all_stages_of_an_image_are_counted() -> None:
    log = read(BEGINNING)
    assert log.counts("one") == (3, 2 + 3)
    assert log.counts("two") == (0, 2)


def test_the_current_step_is_shown_without_mounts() -> None:
    log = read(BEGINNING)
    assert log.current("one") == "RUN echo hello && sleep 1 && echo world"
    assert log.current("two") == "RUN echo before && exit 7"
    log.feed("#10 DONE 1.2s")
    assert log.current("one") == ""


def test_a_failure_names_image_and_step_and_shows_its_own_lines() -> None:
    error = read(BEGINNING + FAILURE.format(output="the disk is full")).error()
    assert error.message == "The image two could not be built. Failed step: RUN echo before && exit 7"
    assert error.detail == "before\nthe disk is full"
    assert error.hint == "Fix this and run again; finished steps are cached."


OURS = BEGINNING.replace("echo before && exit 7", "/mirrors/pip install seaborn")


@pytest.mark.parametrize("line", UNREACHABLE)
def test_an_unreachable_mirror_gets_a_hint(line: str) -> None:
    error = read(OURS + FAILURE.format(output=line)).error()
    assert error.hint == (
        "A package mirror cannot be reached. Check STACK_APT_MIRROR, STACK_PYPI_MIRROR, STACK_NPM_MIRROR "
        "and HTTP_PROXY in .env (docs/mirrors.md)."
    )


@pytest.mark.parametrize("line", UNTRUSTED)
def test_an_untrusted_certificate_gets_a_hint(line: str) -> None:
    error = read(OURS + FAILURE.format(output=line)).error()
    assert error.hint == (
        "A certificate is not trusted. Set STACK_CA_BUNDLE in .env to your company's CA bundle (docs/mirrors.md)."
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [(UNTRUSTED[1], "does not trust a certificate"), (UNREACHABLE[4], "could not download something")],
)
def test_a_step_without_our_scripts_is_not_blamed_on_settings_that_it_does_not_use(line: str, problem: str) -> None:
    error = read(BEGINNING + FAILURE.format(output=line)).error()
    assert error.hint == (
        f"The step {problem}. It does not use the mirrors and the CA bundle of .env: only steps that install with a "
        "script in /mirrors do, such as /mirrors/pip (docs/images.md)."
    )


@pytest.mark.parametrize(
    "line",
    [
        "OSError: [Errno 28] No space left on device",
        "E: Write error - write (28: No space left on device)",
        "failed to copy files: copy file range failed: no space left on device",
    ],
)
def test_a_full_disk_gets_a_hint(line: str) -> None:
    error = read(BEGINNING + FAILURE.format(output=line)).error()
    assert error.message == "The disk is full: the image two could not be built. The previous build stays in use."
    assert "stackctl images prune" in error.hint
    assert line in error.detail


def test_a_disk_that_is_full_before_the_first_step() -> None:
    error = read("failed to solve: write /var/lib/docker/tmp: no space left on device").error()
    assert error.message == "The disk is full: the images could not be built. The previous build stays in use."


def test_a_failure_before_the_first_step_shows_the_last_lines() -> None:
    error = read("\n".join(f"line {number}" for number in range(40))).error()
    assert error.message == "The images could not be built."
    assert error.detail.splitlines() == [f"line {number}" for number in range(25, 40)]


def test_a_step_keeps_only_its_last_lines() -> None:
    output = "\n".join(f"#8 0.1 line {number}" for number in range(1000))
    error = read(f"{BEGINNING}{output}\n{FAILURE.format(output='end')}").error()
    assert error.detail.splitlines() == [*(f"line {number}" for number in range(986, 1000)), "end"]


@pytest.mark.parametrize(
    ("terminal", "progress"), [(True, "RUN echo hello"), (True, "3/5"), (False, "building: one 3/5, two 0/2")]
)
def test_follow_shows_progress_and_ends_with_the_failed_step(
    terminal: bool, progress: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "talk", Console(force_terminal=terminal, stderr=True, width=200))
    monkeypatch.setattr(console, "PAUSE", 0.01)
    printed = ""

    def lines() -> Iterator[str]:
        nonlocal printed
        yield from BEGINNING.splitlines()
        deadline = time.monotonic() + 10
        while progress not in printed:  # the step runs until its progress is printed
            assert time.monotonic() < deadline, printed
            printed += capsys.readouterr().err
            yield ""
        yield from FAILURE.format(output="the disk is full").splitlines()
        raise StackError("`docker compose build` failed.")

    with pytest.raises(StackError, match="The image two could not be built"):
        follow(lines())


@pytest.mark.parametrize("words", [(), ("--fresh",)])
def test_a_fresh_build_ignores_the_cache(
    words: tuple[str, ...], checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    based: list[bool] = []

    def build(**given: Any) -> Iterator[tuple[str, bytes]]:
        asked.append(given)
        return iter(())

    monkeypatch.setattr(base, "ensure", lambda *_, fresh: based.append(fresh))
    monkeypatch.setattr(Stack, "engine", SimpleNamespace(image_id="id of {}".format))
    monkeypatch.setattr(Stack, "catalogue", Catalogue(images=(), sizes=()))
    monkeypatch.setattr(Compose, "services", lambda _: ["hub"])
    monkeypatch.setattr(Compose, "images", lambda _: {"hub": "stack-hub"})
    compose = SimpleNamespace(build=build)
    monkeypatch.setattr("python_on_whales.DockerClient", lambda **_: SimpleNamespace(compose=compose))
    assert checkout.stackctl("build", *words).code == 0
    assert based == [bool(words)]
    assert [(item["services"], item["cache"]) for item in asked] == [(["hub"], not words)]
    (built,) = checkout.root.glob(".stack/*/built.json")
    assert json.loads(built.read_text())["hub"][0] == "id of stack-hub", "`up` need not build it again"
