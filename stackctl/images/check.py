"""Checks that an image works as a notebook image, once for each build, before anybody can choose it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from contract import container, network, users
from stackctl.engine import Engine
from stackctl.engine.temporary import ProbeResult
from stackctl.images import probe as image_probe
from stackctl.ui.check import Check

PROBE = 3
"""The check's version. Goes up when the check changes, so that images are checked again."""

MIN_JUPYTERHUB = [4, 1]
"""Before it, one user's page could act as another user (CVE-2024-28233, https://github.com/advisories/GHSA-7r3h-4ph8-w38g)."""

HUB_MAJOR = 6
"""The hub's JupyterHub. It supports servers of its own major version; others mostly work, with a warning in the log: https://github.com/jupyterhub/jupyterhub/pull/4658"""

START_SECONDS = 60
MEMORY, PROCESSES = 2**30, 1000
PORT = network.NOTEBOOK_PORT

HUB = f"http://127.0.0.1:{network.HUB_PORT}/hub/api"
ENVIRONMENT = {
    "JUPYTERHUB_API_URL": HUB,
    "JUPYTERHUB_ACTIVITY_URL": f"{HUB}/users/probe/activity",
    "JUPYTERHUB_API_TOKEN": "the-probe",  # of no hub
    "JUPYTERHUB_USER": "probe",
    "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-probe",
    "JUPYTERHUB_BASE_URL": "/",
    "JUPYTERHUB_SERVICE_PREFIX": "/user/probe/",
    "JUPYTERHUB_SERVICE_URL": f"http://0.0.0.0:{PORT}/user/probe/",
    "JUPYTERHUB_OAUTH_CALLBACK_URL": "/user/probe/oauth_callback",
    "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:servers!user=probe"]',
    "JUPYTERHUB_ROOT_DIR": container.WORK,
    "JUPYTERHUB_NOTEBOOK_DIR": container.WORK,
    "JUPYTERHUB_DEFAULT_URL": "/lab",
}


@dataclass(frozen=True)
class Verdict:
    """The result of a check. `reason`: why nobody can use the image, "" if it works; `jupyterhub`: its version."""

    reason: str = ""
    jupyterhub: str = ""
    detail: str = ""
    """The last lines of the log, where they explain the reason."""
    lasting: bool = True
    """False if another check may have another result, because the machine was busy for example."""
    jupyterlab: str = ""
    seconds: float = 0
    """How long a server took to open its port."""
    kernel: str = ""
    missing: list[str] = field(default_factory=list)
    """What the image lacks and people can do without: the keys of MISSING."""
    read_only: bool = False
    """Whether it was checked with a read-only file system."""
    probe: int = 0
    """The version of the check: PROBE at that time."""

    @property
    def final(self) -> bool:
        """Whether another check would have the same result."""
        return self.lasting and self.probe == PROBE


def check(engine: Engine, image_id: str, *, read_only: bool = False) -> Verdict:
    """Check an image on this server: its configuration, then a notebook server in a temporary container."""
    return replace(_check(engine, image_id, read_only=read_only), read_only=read_only)


def _check(engine: Engine, image_id: str, *, read_only: bool) -> Verdict:
    if reason := unfit(engine.image(image_id), engine.version["Arch"]):
        return Verdict(reason, probe=PROBE)
    arguments: dict[str, Any] = {
        "command": container.COMMAND,
        "work": container.WORK,
        "port": PORT,
        "hub_port": network.HUB_PORT,
    }
    arguments |= {"seconds": START_SECONDS, "least": MIN_JUPYTERHUB}
    source = Path(image_probe.__file__).read_text()
    result = engine.run_probe(
        image_id,
        ["python3", "-c", source, json.dumps(arguments)],
        environment=ENVIRONMENT,
        folder=container.WORK,
        memory=MEMORY,
        processes=PROCESSES,
        files=container.OPEN_FILES,
        tmpfs=container.tmpfs(MEMORY, read_only=read_only),
        read_only=read_only,
        user=f"{users.NOTEBOOK}:{users.NOTEBOOK}",
        groups=[users.USERS],
        seconds=START_SECONDS + 2 * image_probe.HTTP_SECONDS + image_probe.KERNEL_SECONDS + image_probe.STOP_SECONDS + 10,
    )
    return judge(result)


def unfit(image: dict[str, Any], architecture: str) -> str:
    """Why an image's configuration rules out a notebook server, or ""."""
    system, its = image.get("Os") or "linux", image.get("Architecture") or architecture
    if (system, its) != ("linux", architecture):
        platform = its if system == "linux" else system
        return f"it is built for {platform}, but this server is {architecture}"
    user = str((image.get("Config") or {}).get("User") or "").split(":")[0]
    return "it runs as root" if user in ("", "root") or (user.isdigit() and int(user) == 0) else ""


def judge(result: ProbeResult) -> Verdict:
    """The verdict on an image from its probe's result."""
    lines = [line for line in result.output.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(image_probe.MARK)]
    if not marked:
        return _no_probe(result, "\n".join(lines[-10:]))
    report = json.loads(marked[-1].removeprefix(image_probe.MARK))
    reason, detail, lasting = next(_reasons(report), ("", "", True))
    return Verdict(
        reason=reason,
        detail=detail,
        lasting=lasting,
        jupyterhub=report.get("jupyterhub", ""),
        jupyterlab=report.get("jupyterlab", ""),
        seconds=report.get("seconds", 0) if report.get("opened") else 0,
        kernel=report.get("kernel", ""),
        missing=report["missing"] + ([] if report.get("activity") else ["stack_activity"]),
        probe=PROBE,
    )


def _no_probe(result: ProbeResult, log: str) -> Verdict:
    """The verdict on an image in which the probe did not finish."""
    if result.refused:
        return Verdict("Docker cannot start it", detail=result.refused, lasting=False, probe=PROBE)
    if result.code is None:
        reason = f"it did not open port {PORT} within {START_SECONDS} seconds"
        return Verdict(reason, detail=log, lasting=False, probe=PROBE)
    if result.code in (126, 127) and "python3" in log:
        return Verdict("it has no python3, and so no jupyterhub", detail=log, probe=PROBE)
    return Verdict(f"it stopped right after its start (exit code {result.code})", detail=log, probe=PROBE)


def _reasons(report: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Why nobody can use an image, the root cause first: the reason, log lines that explain it, whether it is lasting."""
    version, log = report.get("jupyterhub", ""), report.get("log", "")
    least = ".".join(map(str, MIN_JUPYTERHUB))
    if not report["server"] or not version:
        yield "it has no jupyterhub", "", True
    elif image_probe.numbers(version) < MIN_JUPYTERHUB:
        yield f"its jupyterhub {version} is too old: {least} or newer is needed", "", True
    if not report.get("jupyterlab"):
        yield "it has no jupyterlab", "", True
    for folder in report["locked"]:
        yield f"notebook servers run as user id {users.NOTEBOOK}, which cannot write to {folder}", "", True
    if report.get("ended") is not None:
        yield f"its notebook server stopped while starting (exit code {report['ended']})", log, True
    if not report.get("opened"):
        yield f"it did not open port {PORT} within {START_SECONDS} seconds", log, False
    if report.get("strangers") == 200:
        yield "its notebook server lets everybody in, without asking the hub", "", True
    if report.get("owner") != 200:
        answered = report.get("owner")
        yield f"its notebook server does not let its user in (HTTP status {answered})", log, bool(answered)
    if not report.get("kernel"):
        yield "no kernel runs in it", report.get("kernel_error", ""), True


MISSING = {
    "bash": "It has no bash: terminals run plain sh.",
    "git": "It has no git: the Git panel and terminals cannot clone repositories.",
    "git settings": "Git cannot read its settings (/etc/gitconfig, ~/.gitconfig): each of its commands fails.",
    "stack_activity": "It does not report busy kernels to the hub: a server with a long, silent calculation counts as idle. "
    "And Git does not sign in to GitLab by itself.",
}
"""The warning for each thing that an image lacks."""


def findings(name: str, verdict: Verdict) -> list[Check]:
    """A verdict as findings."""
    if verdict.reason:
        return [Check("fail", f"{name}: {verdict.reason}.", "What an image needs: docs/images.md")]
    kernel = f"its kernel {verdict.kernel} runs"
    versions = f"jupyterhub {verdict.jupyterhub}, jupyterlab {verdict.jupyterlab}"
    checks = [Check("ok", f"{name}: a server starts in {verdict.seconds:.1f} s, {kernel}; {versions}.")]
    if image_probe.numbers(verdict.jupyterhub)[:1] != [HUB_MAJOR]:
        text = f"{name}: It has jupyterhub {verdict.jupyterhub}, but the hub has {HUB_MAJOR}."
        checks.append(Check("warn", text, "This mostly works; JupyterHub supports only the same major version."))
    return checks + [Check("warn", f"{name}: {MISSING[item]}") for item in verdict.missing if item in MISSING]
