"""`.env` and the environment as one typed object."""

from __future__ import annotations

import difflib
import io
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv.parser import parse_stream
from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from stackctl.errors import CheckFailedError
from stackctl.gitlab_settings import GitLabSettings
from stackctl.validation import address, certificates, memory

MOVED = dict.fromkeys(("STACK_CPU_LIMIT", "STACK_MEMORY_LIMIT"), "CPUs and memory stand in singleuser/sizes.yaml")
"""Where to find what was a setting once."""


class Settings(GitLabSettings):
    """Every setting of the stack with its default. `.env.example` says what each is for."""

    model_config = ConfigDict(frozen=True)

    stack_name: str = "stackhub"
    stack_title: str = Field("JupyterHub", min_length=1, max_length=100)
    stack_auth: Literal["local", "gitlab", "github", "google", "generic-oauth"] = "local"
    stack_http_port: int = Field(8000, ge=1, le=65535)

    stack_lang: Literal["", "en", "zh-CN"] = ""
    stack_named_servers: int = Field(0, ge=0, le=100)
    stack_servers_memory: str = "90%"
    stack_process_limit: int = Field(1000, ge=50)
    stack_start_timeout: int = Field(60, ge=10)
    stack_idle_timeout: int = Field(3600, ge=0)
    stack_busy_limit: int = Field(86400, ge=0)

    stack_base_image: str = "debian:trixie-slim"
    stack_apt_mirror: str = ""
    stack_apt_security_mirror: str = ""
    stack_pypi_mirror: str = ""
    stack_npm_mirror: str = ""
    stack_conda_installer_mirror: str = ""
    stack_conda_mirror: str = ""
    stack_ca_bundle: Path = Path("/etc/ssl/certs/ca-certificates.crt")
    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: str = ""

    @field_validator("stack_name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", value) or len(value) > 15:
            raise ValueError("must be 1 to 15 lower-case letters, digits and single dashes, and start with a letter")
        return value

    @field_validator("stack_servers_memory")
    @classmethod
    def _memory(cls, value: str) -> str:
        return value if re.fullmatch(r"\d{1,4}%", value) and value != "0%" else memory(value)

    @field_validator("stack_base_image")
    @classmethod
    def _image(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9._/:-]*(@sha256:[0-9a-f]{64})?", value):
            raise ValueError("must be an image reference, such as debian:trixie-slim")
        return value

    @field_validator(
        "stack_apt_mirror",
        "stack_apt_security_mirror",
        "stack_pypi_mirror",
        "stack_npm_mirror",
        "stack_conda_installer_mirror",
        "stack_conda_mirror",
        "http_proxy",
        "https_proxy",
    )
    @classmethod
    def _address(cls, value: str) -> str:
        return address(value)

    @field_validator("stack_ca_bundle")
    @classmethod
    def _bundle(cls, value: Path) -> Path:
        certificates(value)
        return value

    @field_validator("stack_apt_security_mirror")
    @classmethod
    def _with_mirror(cls, value: str, info: ValidationInfo) -> str:
        if value and not info.data.get("stack_apt_mirror"):
            raise ValueError("is used together with STACK_APT_MIRROR only; set that too")
        return value

    @property
    def public_url(self) -> str:
        """Where a browser finds the stack."""
        return f"http://127.0.0.1:{self.stack_http_port}"

    def environment(self) -> dict[str, str]:
        """The settings as compose.yaml reads them, and what it needs besides them."""
        values = {name.upper(): str(value) for name, value in self.model_dump().items()}
        values |= {"GITLAB_ALLOW_ALL": str(self.gitlab_allow_all).lower(), "GITLAB_GIT": str(self.gitlab_git).lower()}
        values["STACKCTL_PUBLIC_URL"] = self.public_url
        # these would win over what compose.yaml says
        values |= {"COMPOSE_PROJECT_NAME": self.stack_name, "COMPOSE_PROFILES": ""}
        values["STACKCTL_NOTEBOOK_ENVIRONMENT"] = json.dumps(notebook) if (notebook := self._notebook_environment()) else ""
        return values

    @property
    def no_proxy_inside(self) -> str:
        """NO_PROXY for what runs in the stack's containers."""
        return ",".join(filter(None, ["hub", "localhost", "127.0.0.1", self.no_proxy]))

    def _notebook_environment(self) -> dict[str, str]:
        """Mirrors and proxies for a notebook. Those with a password stay out: every user would see them."""
        values = {"PIP_INDEX_URL": self.stack_pypi_mirror, "UV_DEFAULT_INDEX": self.stack_pypi_mirror}
        values |= {"CONDA_CHANNEL_ALIAS": self.stack_conda_mirror, "MAMBA_CHANNEL_ALIAS": self.stack_conda_mirror}
        values |= {"HTTP_PROXY": self.http_proxy, "HTTPS_PROXY": self.https_proxy}
        if self.stack_pypi_mirror.startswith("http://"):  # pip leaves out a mirror without TLS, unless told
            values["PIP_TRUSTED_HOST"] = urlsplit(self.stack_pypi_mirror).hostname or ""
        if values["HTTP_PROXY"] or values["HTTPS_PROXY"]:
            values["NO_PROXY"] = self.no_proxy_inside
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
            values[name.lower()] = values.get(name, "")
        return {name: value for name, value in values.items() if value and "@" not in value}


def load(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force: the environment wins over `root`/.env, which wins over the defaults.

    Raises CheckFailedError that names every line that cannot be read, unknown name and bad value.
    """
    in_file, problems = _read(root / ".env")
    for name in environ:
        if name.startswith("STACK_"):
            problems += _unknown(name, "the environment")
    # An empty value counts as none, as it does in compose.yaml; curl and others write http_proxy in lower case.
    given = {name.upper(): (value, "the environment") for name, value in environ.items() if value}
    given = {name: (value, ".env") for name, value in in_file.items() if value} | given
    values = {field: given[field.upper()][0] for field in Settings.model_fields if field.upper() in given}
    # relative to the checkout, as Compose takes it; checked also when it is the default, which pydantic would not
    for name in ("GITLAB_CA_FILE", "STACK_CA_BUNDLE"):
        if name in given and "/" not in given[name][0]:
            fix = f"must have a / in it, such as ./{given[name][0]}: Compose takes a word alone for a volume"
            problems.append(f"{name}={given[name][0]} in {given[name][1]}: {fix}.")
            del values[name.lower()]
    if "gitlab_ca_file" in values:
        values["gitlab_ca_file"] = str(root / values["gitlab_ca_file"])
    values["stack_ca_bundle"] = str(root / values.get("stack_ca_bundle", Settings.model_fields["stack_ca_bundle"].default))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for item in error.errors():
            name = str(item["loc"][0]).upper()
            reason = item["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
            reason = re.sub("^String should", "must", re.sub("must be a valid boolean.*", "must be true or false", reason))
            where = given[name][1] if name in given else "the defaults"
            problems.append(f"{name}={_shown(str(item['input']))} in {where}: {reason}.")
    if problems:
        raise CheckFailedError("\n       ".join(problems), "Each setting is explained in .env.example; yours are in .env.")
    return settings


def _read(path: Path) -> tuple[dict[str, str], list[str]]:
    """The names and values in a .env file, and what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError) as error:
        return {}, [f"{path.name} cannot be read: {error}."]
    values: dict[str, str] = {}
    problems: list[str] = []
    for binding in parse_stream(io.StringIO(text)):
        written = binding.original.string
        line = binding.original.line + written[: len(written) - len(written.lstrip())].count("\n")
        if binding.error or (binding.key and binding.value is None):
            problems.append(f"{path.name} line {line} is not NAME=value: {_shown(written.strip())[:60]!r}.")
        elif binding.key:
            problems += _unknown(binding.key, f"{path.name} line {line}")
            values[binding.key] = binding.value or ""
    return values, problems


def _shown(text: str) -> str:
    """`text` without the name and password that an address in it may carry."""
    return re.sub(r"(^|[\s=])(\S*?//)?\S*@", r"\1\2***@", text)


def _unknown(name: str, where: str) -> list[str]:
    """A problem, with the nearest name, when `name` is not a setting. Compose's and Docker's own names pass."""
    known = [field.upper() for field in Settings.model_fields]
    if name in known or name.startswith(("COMPOSE_", "DOCKER_")):
        return []
    if name in MOVED:
        return [f"{name} in {where} is not a setting any more: {MOVED[name]}."]
    near = difflib.get_close_matches(name.upper(), known, n=1)
    return [f"{name} in {where} is not a setting." + (f" Did you mean {near[0]}?" if near else "")]
