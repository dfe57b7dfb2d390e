"""What may be asked for in `POST /containers/create`: the container of a notebook server as the hub makes it.

A field that is not here is refused, and Docker is sent what was understood, not what came: no other reading of the same
bytes counts. https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerCreate
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from .calls import RefusedError
from .rules import Rules

WORK, SHARED = "/home/jovyan/work", "/home/jovyan/shared"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""Where notebooks find them; on the server it is a setting."""

SAID_BY_HUB = {"stackhub.server", "stackhub.image", "stackhub.size"}
UNLABEL = {"com.docker.compose.project", "com.docker.compose.service"}
"""Labels of Compose's, which are taken off: the image has them."""


def _nothing(value: Any) -> None:
    """Docker takes none of these for a wish; it is not sent them."""
    if value not in (None, "", False, [], {}):
        raise ValueError("it must say nothing")


Nothing = Annotated[None, BeforeValidator(_nothing)]
"""Fields that the Docker SDK sends all the same."""


class Form(BaseModel):
    """Docker's names for snake_case ones; null is like a field that is missing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_pascal, hide_input_in_errors=True)


class VolumeOptions(Form):
    """No driver, and with it no options of one: these could bind any folder of the server."""

    labels: dict[str, str]
    no_copy: bool | None = None


class Mount(Form):
    """A volume, or a file or folder of the server's, without options of how it is bound. Which there may be: `_mounts`."""

    type: Literal["volume", "bind"]
    source: str
    target: str
    read_only: bool
    volume_options: VolumeOptions | None = None

    @classmethod
    def of(cls, **said: Any) -> Mount:
        """By Docker's names for its fields."""
        return cls.model_validate(said)


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
    """The limits, and all that is forced on a container."""

    network_mode: str
    mounts: list[Mount] = Field(min_length=1)
    memory: int
    memory_swap: int
    cpu_period: Literal[100_000]
    cpu_quota: int
    pids_limit: int
    ulimits: tuple[OpenFiles, CoreDumps]
    tmpfs: dict[str, str]
    readonly_rootfs: bool
    cap_drop: tuple[Literal["ALL"]]
    security_opt: tuple[Literal["no-new-privileges"]]
    init: Literal[True]
    log_config: LogConfig
    device_requests: list[Gpus] = Field(default=[], max_length=1)
    auto_remove: Literal[False] | None = None
    binds: Nothing = None
    links: Nothing = None


class Container(Form):
    """A notebook server's container."""

    image: str
    cmd: list[str]
    env: list[str]
    labels: dict[str, str]
    host_config: HostConfig
    exposed_ports: dict[Literal["8888/tcp"], dict[str, None] | None] | None = None
    attach_stdout: bool | None = None
    attach_stderr: bool | None = None
    hostname: Nothing = None
    domainname: Nothing = None
    user: Nothing = None
    tty: Nothing = None
    open_stdin: Nothing = None
    stdin_once: Nothing = None
    attach_stdin: Nothing = None
    volumes: Nothing = None
    network_disabled: Nothing = None
    entrypoint: Nothing = None
    working_dir: Nothing = None
    networking_config: Nothing = None
    mac_address: Nothing = None
    stop_signal: Nothing = None
    healthcheck: Nothing = None
    stop_timeout: Nothing = None
    runtime: Nothing = None


def read(text: bytes, rules: Rules) -> bytes:
    """What Docker is to be sent for what the hub sent. Raises RefusedError."""
    try:
        container = Container.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RefusedError(f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}") from None
    for reason in refusals(container, rules):
        raise RefusedError(reason)
    return container.model_dump_json(by_alias=True, exclude_none=True).encode()


def refusals(container: Container, rules: Rules) -> Iterator[str]:
    """What of a container in the right form is not this stack's."""
    host = container.host_config
    if container.image not in {ident for ident, _ in rules.offer.images}:
        yield f"Image: {container.image} is none that people are offered"
    elif (container.image, host.readonly_rootfs) not in rules.offer.images:
        yield f"HostConfig.ReadonlyRootfs: it is not what the catalogue says of {container.image}"
    if host.tmpfs != tmpfs(host.memory, read_only=host.readonly_rootfs):
        yield "HostConfig.Tmpfs: it is not /tmp, and with a read-only image the home, of half of the memory each"
    if any(re.match("NVIDIA_", entry, re.IGNORECASE) for entry in container.env):
        yield "Env: NVIDIA_… may hand out GPUs"
    yield from _labels(container.labels, rules)
    if host.network_mode != rules.network:
        yield f"HostConfig.NetworkMode: {host.network_mode} is not {rules.network}"
    if (host.memory, host.cpu_quota) not in rules.offer.limits:
        yield f"HostConfig: no size has Memory {host.memory} and CpuQuota {host.cpu_quota}"
    if host.memory_swap != host.memory:
        yield "HostConfig.MemorySwap: it is not Memory, so that there would be swap"
    if host.pids_limit != rules.process_limit:
        yield f"HostConfig.PidsLimit: it is not {rules.process_limit}"
    yield from _mounts(host.mounts, rules)
    wanted = [gpu for request in host.device_requests for gpu in request.device_ids]
    if not rules.offer.gpus.issuperset(wanted):
        yield f"HostConfig.DeviceRequests: {', '.join(wanted)} are not GPUs of this server"


def tmpfs(memory: int, *, read_only: bool) -> dict[str, str]:
    """The folders in memory, and how each is mounted: hub/stackhub/box.py."""
    options = f"rw,exec,nosuid,nodev,size={memory // 2}"
    home = {"/home/jovyan": f"{options},mode=700,uid=1000,gid=1000"} if read_only else {}
    return {"/tmp": f"{options},mode=1777"} | home


def _mounts(mounts: list[Mount], rules: Rules) -> Iterator[str]:
    """First a user's own volume, whichever it is; then, to the letter, what everybody has."""
    files, *others = mounts
    labels = files.volume_options.labels if files.volume_options else {}
    options = {"Labels": labels}
    if files != Mount.of(Type="volume", Source=files.source, Target=WORK, ReadOnly=False, VolumeOptions=options):
        yield f"HostConfig.Mounts: the first is no volume at {WORK}, or is not mounted as the hub does"
    if not re.fullmatch(rules.name, files.source):
        yield f"HostConfig.Mounts: {files.source} is no volume with a user's files"
    if labels.keys() != {"stackhub.stack", "stackhub.user"} or labels["stackhub.stack"] != rules.stack:
        yield "HostConfig.Mounts.VolumeOptions.Labels: they are not this stack's"
    everybodys = [Mount.of(Type="bind", Source=rules.ca_bundle, Target=CA_BUNDLE, ReadOnly=True), *_shared(rules)]
    if others != everybodys:
        odd = [f"{mount.source} at {mount.target}" for mount in others if mount not in everybodys]
        yield f"HostConfig.Mounts: {', '.join(odd) or 'their list'} is not as the settings have it"


def _shared(rules: Rules) -> Iterator[Mount]:
    """The folders that everybody has, as STACK_SHARED_FOLDERS names them: hub/stackhub/shared.py."""
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
        yield f"Labels: stackhub.stack is not {rules.stack}, or stackhub.user is missing"
    for name, value in labels.items():
        if name not in SAID_BY_HUB | {"stackhub.stack", "stackhub.user"} and not (name in UNLABEL and not value):
            yield f"Labels: {name} does not come through"
