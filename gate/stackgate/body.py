"""What `POST /containers/create` may ask for: a notebook server's container, as the hub creates it.

The gate refuses a field that is not listed here. It sends Docker what it has parsed, not the bytes that it received, so
that Docker cannot read them in another way. Limits and mounts are written here a second time, on purpose: a mistake in
contract/, from which the hub takes them, must not change what the gate allows.
https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerCreate
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from contract.printable import printable

from .calls import RefusedError
from .rules import Rules

WORK, SHARED = "/home/jovyan/work", "/home/jovyan/shared"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""Its path in the container; the path on the server is a setting."""

MEMORY = "stackhub.memory"
"""The label with a container's memory in bytes, which only the gate sets."""

OPTIONAL_LABELS = {"stackhub.server", "stackhub.image", "stackhub.size"}
MAX_LABEL = 255
EMPTY_LABELS = {"com.docker.compose.project", "com.docker.compose.service"}
"""Compose's labels, which a container inherits from its image unless they are set to nothing."""


def _empty(value: Any) -> None:
    """Check for a value that Docker treats as not set, and leave it out."""
    if value not in (None, "", False, [], {}):
        raise ValueError("must be empty")


Empty = Annotated[None, BeforeValidator(_empty)]
"""A field that the Docker SDK always sends, and that must not be set."""


class Form(BaseModel):
    """A part of the body. Fields have Docker's names in snake_case; null means the same as a missing field."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_pascal, hide_input_in_errors=True)


class VolumeOptions(Form):
    """No driver and no driver options: these could bind any folder of the server."""

    labels: dict[str, str]
    no_copy: bool | None = None


class Mount(Form):
    """A volume, or a file or folder of the server, without bind options. `_mounts` says which ones are allowed."""

    type: Literal["volume", "bind"]
    source: str
    target: str
    read_only: bool
    volume_options: VolumeOptions | None = None

    @classmethod
    def of(cls, **fields: Any) -> Mount:
        """A mount from fields with Docker's names."""
        return cls.model_validate(fields)


class Gpus(Form):
    driver: Literal["nvidia"]
    device_ids: list[str] = Field(alias="DeviceIDs", min_length=1)
    capabilities: list[list[Literal["gpu"]]] = Field(min_length=1, max_length=1)
    count: Literal[0] | None = None
    options: dict[str, None] | None = None


class LogOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    max_size: Literal["10m"] = Field(alias="max-size")
    max_file: Literal["3"] = Field(alias="max-file")


class LogConfig(Form):
    type: Literal["json-file"]
    config: LogOptions


class OpenFiles(Form):
    name: Literal["nofile"]
    soft: Literal[16384]
    hard: Literal[16384]


class CoreDumps(Form):
    name: Literal["core"]
    soft: Literal[0]
    hard: Literal[0]


class HostConfig(Form):
    """The limits of a container, and the confinement that every container must have."""

    network_mode: str
    mounts: list[Mount] = Field(min_length=1)
    memory: int
    memory_swap: int
    cpu_period: Literal[100_000]
    cpu_quota: int
    pids_limit: int
    ulimits: tuple[OpenFiles, CoreDumps]
    tmpfs: dict[str, str]
    shm_size: int
    readonly_rootfs: bool
    cap_drop: tuple[Literal["ALL"]]
    security_opt: tuple[Literal["no-new-privileges"]]
    init: Literal[True]
    group_add: tuple[Literal["100"]]
    log_config: LogConfig
    device_requests: list[Gpus] = Field(default=[], max_length=1)
    auto_remove: Literal[False] | None = None
    binds: Empty = None
    links: Empty = None


class Container(Form):
    """A notebook server's container."""

    image: str
    cmd: list[str]
    env: list[str]
    labels: dict[str, str]
    host_config: HostConfig
    user: Literal["61100:61100"]
    exposed_ports: dict[Literal["8888/tcp"], dict[str, None] | None] | None = None
    attach_stdout: bool | None = None
    attach_stderr: bool | None = None
    hostname: Empty = None
    domainname: Empty = None
    tty: Empty = None
    open_stdin: Empty = None
    stdin_once: Empty = None
    attach_stdin: Empty = None
    volumes: Empty = None
    network_disabled: Empty = None
    entrypoint: Empty = None
    working_dir: Empty = None
    networking_config: Empty = None
    mac_address: Empty = None
    stop_signal: Empty = None
    healthcheck: Empty = None
    stop_timeout: Empty = None
    runtime: Empty = None

    @property
    def size(self) -> str:
        """The name of its size."""
        return self.labels.get("stackhub.size", "")

    def sent(self) -> bytes:
        """The body for Docker, with the label by which the gate counts memory."""
        labels = self.labels | {MEMORY: str(self.host_config.memory)}
        return self.model_copy(update={"labels": labels}).model_dump_json(by_alias=True, exclude_none=True).encode()


def read(text: bytes, rules: Rules) -> Container:
    """Parse and check the hub's body. Raises RefusedError."""
    try:
        container = Container.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RefusedError(f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}") from None
    for reason in refusals(container, rules):
        raise RefusedError(reason)
    return container


def refusals(container: Container, rules: Rules) -> Iterator[str]:
    """Why a well-formed container is not allowed in this stack, in one line each; nothing when it is allowed."""
    host = container.host_config
    if container.image not in {ident for ident, _ in rules.published.images}:
        yield f"Image: {container.image} is not in the catalogue"
    elif (container.image, host.readonly_rootfs) not in rules.published.images:
        yield f"HostConfig.ReadonlyRootfs: not as the catalogue has it for {container.image}"
    if host.tmpfs != tmpfs(host.memory, read_only=host.readonly_rootfs):
        yield "HostConfig.Tmpfs: must be /tmp, and with a read-only image the home, with half of the memory each"
    if any(re.match("NVIDIA_", entry, re.IGNORECASE) for entry in container.env):
        yield "Env: NVIDIA_… could give access to GPUs"
    yield from _labels(container.labels, rules)
    if host.network_mode != rules.network:
        yield f"HostConfig.NetworkMode: {host.network_mode} is not {rules.network}"
    if (container.size, host.memory, host.cpu_quota) not in rules.published.limits:
        yield f"HostConfig: the size {container.size!r} has not Memory {host.memory} and CpuQuota {host.cpu_quota}"
    if host.shm_size != host.memory // 2:
        yield "HostConfig.ShmSize: must be half of the memory"
    if host.memory_swap != host.memory:
        yield "HostConfig.MemorySwap: must be the same as Memory, or there would be swap"
    if host.pids_limit != rules.process_limit:
        yield f"HostConfig.PidsLimit: must be {rules.process_limit}"
    yield from _mounts(host.mounts, rules)
    gpus = [gpu for request in host.device_requests for gpu in request.device_ids]
    if not rules.published.gpus.issuperset(gpus):
        yield f"HostConfig.DeviceRequests: {', '.join(gpus)} are not GPUs of this server"


def tmpfs(memory: int, *, read_only: bool) -> dict[str, str]:
    """The folders in memory that a container must have, and the mount options of each."""
    options = f"rw,exec,nosuid,nodev,size={memory // 2}"
    home = {"/home/jovyan": f"{options},mode=700,uid=61100,gid=61100"} if read_only else {}
    return {"/tmp": f"{options},mode=1777"} | home


def _mounts(mounts: list[Mount], rules: Rules) -> Iterator[str]:
    """The first mount must be a user's own volume, whichever user's; the others exactly what every server has."""
    files, *others = mounts
    labels = files.volume_options.labels if files.volume_options else {}
    options = {"Labels": labels}
    if files != Mount.of(Type="volume", Source=files.source, Target=WORK, ReadOnly=False, VolumeOptions=options):
        yield f"HostConfig.Mounts: the first must be a volume at {WORK}, mounted as the hub does"
    if not re.fullmatch(rules.name, files.source):
        yield f"HostConfig.Mounts: {files.source} is not the name of a volume with a user's files"
    if labels.keys() != {"stackhub.stack", "stackhub.user"} or labels["stackhub.stack"] != rules.stack:
        yield "HostConfig.Mounts.VolumeOptions.Labels: must be this stack's"
    required = [Mount.of(Type="bind", Source=rules.ca_bundle, Target=CA_BUNDLE, ReadOnly=True), *_shared(rules)]
    if others != required:
        unexpected = [f"{mount.source} at {mount.target}" for mount in others if mount not in required]
        yield f"HostConfig.Mounts: {', '.join(unexpected) or 'the list'} is not as in the settings"


def _shared(rules: Rules) -> Iterator[Mount]:
    """The mounts of the folders in STACK_SHARED_FOLDERS."""
    for item in (item.strip() for item in rules.shared_folders.split(",")):
        source, read_only = item.removesuffix(":ro"), item.endswith(":ro")
        target = f"{SHARED}/{source.rpartition('/')[2]}"
        if source.startswith("/"):
            yield Mount.of(Type="bind", Source=source, Target=target, ReadOnly=read_only)
        elif source:
            options = {"Labels": {"stackhub.shared": rules.stack}, "NoCopy": True}
            name = f"{rules.stack}-shared-{source}"
            yield Mount.of(Type="volume", Source=name, Target=target, ReadOnly=read_only, VolumeOptions=options)


def _labels(labels: dict[str, str], rules: Rules) -> Iterator[str]:
    if labels.get("stackhub.stack") != rules.stack or not labels.get("stackhub.user"):
        yield f"Labels: stackhub.stack must be {rules.stack}, and stackhub.user must be set"
    for name, value in labels.items():
        if name not in OPTIONAL_LABELS | {"stackhub.stack", "stackhub.user"} and not (name in EMPTY_LABELS and not value):
            yield f"Labels: {name} is not allowed"
        if len(value) > MAX_LABEL or printable(value) != value or set(value) & {"\n", "\t"}:
            yield f"Labels: {name} must have at most {MAX_LABEL} characters, and no control characters"
