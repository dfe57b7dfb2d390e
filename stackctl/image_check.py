"""Is an image fit to be a notebook image here? Found out once for each image, before anybody can choose it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stackctl import image_probe
from stackctl.checks import Check
from stackctl.checks.volumes import USER
from stackctl.engine import Engine
from stackctl.engine_throwaway import Trial

PROBE = 2
"""Goes up when an image is looked at more closely: what was found of it before is found out again."""

MIN_JUPYTERHUB = [4, 1]
"""Before it, one user's page could act as another user (CVE-2024-28233, https://github.com/advisories/GHSA-7r3h-4ph8-w38g)."""

HUB_MAJOR = 6
"""The hub's JupyterHub. It promises to work with servers of its own major version; others work in most cases, with a
warning in the log: https://github.com/jupyterhub/jupyterhub/pull/4658"""

WORK, PORT, HUB_PORT = "/home/jovyan/work", 8888, 8081
START_SECONDS = 60
MEMORY, PROCESSES = 2**30, 1000
OPEN_FILES, HOME = 16384, "/home/jovyan"
COMMAND = ["jupyterhub-singleuser", "--HubOAuth.cache_max_age=60"]
"""How the hub starts a server: hub/stackhub/spawner.py."""

HUB = f"http://127.0.0.1:{HUB_PORT}/hub/api"
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
    "JUPYTERHUB_ROOT_DIR": WORK,
    "JUPYTERHUB_NOTEBOOK_DIR": WORK,
    "JUPYTERHUB_DEFAULT_URL": "/lab",
}


@dataclass(frozen=True)
class Verdict:
    """What was found of an image. `reason`: why nobody can use it, "" when people can; `jupyterhub`: its version."""

    reason: str = ""
    jupyterhub: str = ""
    detail: str = ""
    """The last lines that it printed, where they explain the reason."""
    lasting: bool = True
    """False for what might be otherwise at another time: the server was busy, perhaps."""
    jupyterlab: str = ""
    seconds: float = 0
    """How long a server took to open its port."""
    kernel: str = ""
    missing: list[str] = field(default_factory=list)
    """What people would miss in it, and can do without."""
    read_only: bool = False
    """Whether it was tried with a file system that cannot be written."""
    probe: int = 0
    """How it was looked at: PROBE at that time."""

    @property
    def final(self) -> bool:
        """Whether looking again would find the same."""
        return self.lasting and self.probe == PROBE


def check(engine: Engine, image_id: str, *, read_only: bool = False) -> Verdict:
    """Look at an image that is here: at what it says of itself, then at what a server does in a throw-away container."""
    return replace(_check(engine, image_id, read_only=read_only), read_only=read_only)


def _check(engine: Engine, image_id: str, *, read_only: bool) -> Verdict:
    if reason := unfit(engine.image(image_id), engine.version["Arch"]):
        return Verdict(reason, probe=PROBE)
    given: dict[str, Any] = {"command": COMMAND, "work": WORK, "port": PORT, "hub_port": HUB_PORT}
    given |= {"seconds": START_SECONDS, "least": MIN_JUPYTERHUB, "user": USER}
    source = Path(image_probe.__file__).read_text()
    trial = engine.try_out(
        image_id,
        ["python3", "-c", source, json.dumps(given)],
        environment=ENVIRONMENT,
        folder=WORK,
        memory=MEMORY,
        processes=PROCESSES,
        files=OPEN_FILES,
        tmpfs=tmpfs(MEMORY, read_only=read_only),
        read_only=read_only,
        seconds=START_SECONDS + 2 * image_probe.HTTP_SECONDS + image_probe.KERNEL_SECONDS + image_probe.STOP_SECONDS + 10,
    )
    return judge(trial)


def tmpfs(memory: int, *, read_only: bool) -> dict[str, str]:
    """The folders in memory, and how each is mounted: hub/stackhub/box.py."""
    options = f"rw,exec,nosuid,nodev,size={memory // 2}"
    return {"/tmp": f"{options},mode=1777"} | ({HOME: f"{options},mode=700,uid={USER},gid={USER}"} if read_only else {})


def unfit(image: dict[str, Any], architecture: str) -> str:
    """What an image says of itself that no server can be made of, or ""."""
    system, its = image.get("Os") or "linux", image.get("Architecture") or architecture
    if (system, its) != ("linux", architecture):
        what = its if system == "linux" else system
        return f"it is made for {what}, and this server is {architecture}"
    user = str((image.get("Config") or {}).get("User") or "").split(":")[0]
    return "it runs as root" if user in ("", "root") or (user.isdigit() and int(user) == 0) else ""


def judge(trial: Trial) -> Verdict:
    """The verdict on an image, by what the probe found in it."""
    lines = [line for line in trial.said.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(image_probe.MARK)]
    if not marked:
        return _no_probe(trial, "\n".join(lines[-10:]))
    found = json.loads(marked[-1].removeprefix(image_probe.MARK))
    reason, detail, lasting = next(_reasons(found), ("", "", True))
    return Verdict(
        reason=reason,
        detail=detail,
        lasting=lasting,
        jupyterhub=found.get("jupyterhub", ""),
        jupyterlab=found.get("jupyterlab", ""),
        seconds=found.get("seconds", 0) if found.get("opened") else 0,
        kernel=found.get("kernel", ""),
        missing=found["missing"] + ([] if found.get("activity") else ["stack_activity"]),
        probe=PROBE,
    )


def _no_probe(trial: Trial, log: str) -> Verdict:
    """The verdict on an image in which the probe did not come to an end."""
    if trial.refused:
        return Verdict("Docker cannot start it", detail=trial.refused, lasting=False, probe=PROBE)
    if trial.code is None:
        reason = f"it did not open port {PORT} within {START_SECONDS} seconds"
        return Verdict(reason, detail=log, lasting=False, probe=PROBE)
    if trial.code in (126, 127) and "python3" in log:
        return Verdict("it has no python3, and so no jupyterhub", detail=log, probe=PROBE)
    return Verdict(f"it ended as soon as it was started (exit code {trial.code})", detail=log, probe=PROBE)


def _reasons(found: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Why nobody can use an image, the most telling first: the reason, lines that explain it, and whether it is lasting."""
    version, log = found.get("jupyterhub", ""), found.get("log", "")
    least = ".".join(map(str, MIN_JUPYTERHUB))
    if found["user"] == 0:
        yield "it runs as root", "", True
    if not found["server"] or not version:
        yield "it has no jupyterhub", "", True
    elif image_probe.numbers(version) < MIN_JUPYTERHUB:
        yield f"its jupyterhub {version} is too old: {least} or newer is needed", "", True
    if not found.get("jupyterlab"):
        yield "it has no jupyterlab", "", True
    if found["user"] != USER:
        yield f"its user has the number {found['user']}, and people's files belong to number {USER}", "", True
    if not found["writable"]:
        yield f"its user may not write in {WORK}, where people's files are", "", True
    if found.get("ended") is not None:
        yield f"its notebook server ended while it started (exit code {found['ended']})", log, True
    if not found.get("opened"):
        yield f"it did not open port {PORT} within {START_SECONDS} seconds", log, False
    if found.get("strangers") == 200:
        yield "its notebook server lets everybody in, without asking the hub", "", True
    if found.get("owner") != 200:
        answered = found.get("owner")
        yield f"its notebook server does not let its user in (it answers {answered})", log, bool(answered)
    if not found.get("kernel"):
        yield "no kernel runs in it", found.get("kernel_error", ""), True


MISSING = {
    "bash": "It has no bash: people's terminals are plain sh.",
    "git": "It has no git: neither the Git panel nor a terminal can fetch a repository.",
    "stack_activity": "It does not tell the hub of kernels at work: a long, silent calculation counts as idle, "
    "and Git does not sign in to GitLab by itself.",
}
"""What people would miss, by what is missing."""


def findings(name: str, verdict: Verdict) -> list[Check]:
    """A verdict, as checks that a person reads."""
    if verdict.reason:
        return [Check("fail", f"{name}: {verdict.reason}.", "What an image needs: docs/images.md, 'Is an image fit?'")]
    kernel = f"its kernel {verdict.kernel} runs"
    versions = f"jupyterhub {verdict.jupyterhub}, jupyterlab {verdict.jupyterlab}"
    found = [Check("ok", f"{name}: a server is up after {verdict.seconds:.1f} s, and {kernel}; {versions}.")]
    if image_probe.numbers(verdict.jupyterhub)[:1] != [HUB_MAJOR]:
        text = f"{name}: Its jupyterhub is {verdict.jupyterhub}, and the hub's is {HUB_MAJOR}."
        found.append(Check("warn", text, "It works in most cases; JupyterHub promises it for the same number only."))
    return found + [Check("warn", f"{name}: {MISSING[item]}") for item in verdict.missing if item in MISSING]
