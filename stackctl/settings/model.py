"""`.env` and the environment as one typed object."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from stackctl.errors import CheckFailedError
from stackctl.settings import source, timezone
from stackctl.settings.address import AddressSettings
from stackctl.settings.egress import EgressSettings
from stackctl.settings.gitlab import GitLabSettings
from stackctl.settings.pam import ACCOUNTS, PamSettings
from stackctl.settings.shared import SharedSettings
from stackctl.settings.source import Problem, RawSetting
from stackctl.settings.validation import MASKED, Address, Duration, Whole, certificates, memory, plain

YEAR = 365 * 86400


class Settings(AddressSettings, GitLabSettings, PamSettings, EgressSettings, SharedSettings):
    """Every setting of the stack with its default. `.env.example` explains each; its defaults and order are the same."""

    model_config = ConfigDict(frozen=True)

    stack_name: str = "stackhub"
    stack_title: str = Field("JupyterHub", min_length=1, max_length=100)
    stack_auth: Literal["local", "pam", "gitlab", "github", "google", "generic-oauth"] = "local"

    stack_lang: Literal["", "en", "zh-CN"] = ""
    stack_timezone: str = ""
    stack_named_servers: Whole = Field(0, ge=0, le=100)
    stack_servers_memory: str = "90%"
    stack_process_limit: Whole = Field(1000, ge=50, le=2**22)  # the kernel's maximum
    stack_start_timeout: Duration = Field(60, ge=10, le=3600)
    stack_idle_timeout: Duration = Field(3600, ge=0, le=YEAR)
    stack_busy_limit: Duration = Field(86400, ge=0, le=YEAR)

    stack_base_image: str = "debian:trixie-slim"
    stack_apt_mirror: Address = ""
    stack_apt_security_mirror: Address = ""
    stack_pypi_mirror: Address = ""
    stack_npm_mirror: Address = ""
    stack_conda_installer_mirror: Address = ""
    stack_conda_mirror: Address = ""
    stack_cran_mirror: Address = ""
    stack_ca_bundle: Path = Path("/etc/ssl/certs/ca-certificates.crt")
    http_proxy: Address = ""
    https_proxy: Address = ""
    no_proxy: str = ""

    @field_validator("stack_name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", value) or len(value) > 15:
            raise ValueError("must be 1 to 15 lower-case letters, digits and single dashes, and start with a letter")
        # team-user-nginx-1: a notebook server of team, or a service of team-user?
        if re.search(r"-(user|singleuser|shared)(-|$)", value):
            raise ValueError("must not contain -user, -singleuser or -shared, which the stack uses in its names")
        return value

    @field_validator("stack_title")
    @classmethod
    def _title(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must be more than spaces")
        return value

    @field_validator("stack_timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        return timezone.timezone(value)

    @field_validator("stack_servers_memory")
    @classmethod
    def _memory(cls, value: str) -> str:
        is_share = re.fullmatch(r"\d{1,4}%", value, re.ASCII) and value.strip("0%")
        return value if is_share else memory(value, ", or a share of the server's memory, such as 90%")

    @field_validator("stack_base_image")
    @classmethod
    def _image(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9._/:-]*(@sha256:[0-9a-f]{64})?", value):
            raise ValueError("must be an image reference, such as debian:trixie-slim")
        return value

    @field_validator("stack_ca_bundle")
    @classmethod
    def _bundle(cls, value: Path) -> Path:
        certificates(value)
        return value

    @field_validator("stack_apt_security_mirror")
    @classmethod
    def _with_mirror(cls, value: str, info: ValidationInfo) -> str:
        if value and not info.data.get("stack_apt_mirror"):
            raise ValueError("needs STACK_APT_MIRROR; set that too")
        return value

    def environment(self) -> dict[str, str]:
        """The variables of compose.yaml: the settings, and what stackctl derives from them."""
        values = {name.upper(): written(value) for name, value in self.model_dump().items()}
        values |= {"STACKCTL_PUBLIC_URL": f"{self.public_url}/", "STACKCTL_PROXIED_ADDRESS": self.proxied_address}
        values["STACKCTL_PLACES"] = ",".join(self.places)
        values["STACKCTL_ACCOUNTS"] = str(ACCOUNTS) if self.stack_auth == "pam" else ""
        # from the caller's environment these would override compose.yaml
        values |= {"COMPOSE_PROJECT_NAME": self.stack_name, "COMPOSE_PROFILES": ""}
        values["STACKCTL_NOTEBOOK_ENVIRONMENT"] = json.dumps(notebook) if (notebook := self.notebook_environment()) else ""
        return values

    @property
    def places(self) -> list[str]:
        """GitLab, mirrors and proxies for notebooks, as host:port, without passwords."""
        urls = [self.gitlab_url] if self.stack_auth == "gitlab" else []
        urls += [self.stack_apt_mirror, self.stack_pypi_mirror, self.stack_npm_mirror]
        urls += [self.stack_conda_mirror, self.stack_cran_mirror]
        parts = [urlsplit(url) for url in (*urls, self.http_proxy, self.https_proxy) if url]
        return [f"{url.hostname}:{url.port or (443 if url.scheme == 'https' else 80)}" for url in parts]

    @property
    def no_proxy_inside(self) -> str:
        """NO_PROXY inside the stack's containers."""
        return ",".join(filter(None, ["hub", "localhost", "127.0.0.1", self.no_proxy]))

    def notebook_environment(self) -> dict[str, str]:
        """Time zone, mirrors and proxies for notebooks, without those with a password, which every user would see."""
        values = {"PIP_INDEX_URL": self.stack_pypi_mirror, "UV_DEFAULT_INDEX": self.stack_pypi_mirror}
        values |= {"CONDA_CHANNEL_ALIAS": self.stack_conda_mirror, "MAMBA_CHANNEL_ALIAS": self.stack_conda_mirror}
        values |= {"CRAN_MIRROR": self.stack_cran_mirror, "TZ": self.stack_timezone or timezone.of_server()}
        values |= {"HTTP_PROXY": self.http_proxy, "HTTPS_PROXY": self.https_proxy}
        if self.stack_pypi_mirror.startswith("http://"):  # pip ignores a mirror without TLS otherwise
            values["PIP_TRUSTED_HOST"] = urlsplit(self.stack_pypi_mirror).hostname or ""
        if values["HTTP_PROXY"] or values["HTTPS_PROXY"]:
            values["NO_PROXY"] = self.no_proxy_inside
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
            values[name.lower()] = values.get(name, "")
        return {name: value for name, value in values.items() if value and "@" not in value}


@dataclass(frozen=True)
class Reading:
    """The raw settings by name, and the problems; `settings` is None when there are any."""

    raw: dict[str, RawSetting]
    problems: list[Problem]
    settings: Settings | None

    def value(self, name: str) -> str:
        """A setting's raw value, valid or not, or its default, as written in .env."""
        if name in self.raw:
            return self.raw[name].value
        return written(getattr(self.settings, name.lower())) if self.settings else DEFAULTS[name]


def load(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in effect: the environment overrides `root`/.env, which overrides the defaults.

    Raises CheckFailedError that names every unreadable line, unknown name and invalid value.
    """
    return checked(read(root, environ))


def stack_name(root: Path) -> str:
    """The stack's name, even if other settings are invalid, so that `config set` can fix them; the default if it is."""
    reading = read(root)
    invalid = any(problem.name == "STACK_NAME" for problem in reading.problems)
    return DEFAULTS["STACK_NAME"] if invalid else reading.value("STACK_NAME")


def checked(reading: Reading) -> Settings:
    """The settings of `reading`. Raises CheckFailedError with all its problems."""
    if reading.settings is None:
        texts = [problem.text for problem in reading.problems]
        raise CheckFailedError("\n       ".join(texts), "Your settings are in .env; .env.example explains each.")
    return reading.settings


def read(root: Path, environ: Mapping[str, str] = os.environ, text: str | None = None) -> Reading:
    """The settings in effect and their problems. `text`: of a .env file to read instead of `root`/.env."""
    unreadable = []
    try:
        text = source.read_text(root / ".env") if text is None else text
    except (OSError, UnicodeDecodeError) as error:
        text, unreadable = "", [Problem("", f".env cannot be read: {source.reason(error)}.")]
    raw, problems = source.parse(text, DEFAULTS, environ)
    values = {name.lower(): item.value for name, item in raw.items()}
    problems = [*unreadable, *problems, *_resolve_paths(values, raw, root)]
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        return Reading(raw, problems + [_problem(item, raw) for item in error.errors()], None)
    return Reading(raw, problems, None if problems else settings)


def _resolve_paths(values: dict[str, str], raw: Mapping[str, RawSetting], root: Path) -> list[Problem]:
    """Make the paths in `values` absolute: like Compose, relative to the checkout.

    This sets the default CA bundle too, because pydantic does not check defaults.
    """
    problems = []
    for name in ("GITLAB_CA_FILE", "STACK_CA_BUNDLE"):
        value = values.pop(name.lower(), DEFAULTS[name])
        if name in raw and "/" not in value:
            fix = f"must contain a /, such as ./{value}: Compose takes a single word for a volume"
            problems.append(Problem(name, f"{name}={value} in {raw[name].source}: {fix}."))
        elif value:
            values[name.lower()] = str(root / value)
    for name in ("stack_tls_certificate", "stack_tls_key"):
        if name in values:
            values[name] = str(root / values[name])
    return problems


def _problem(item: ErrorDetails, raw: Mapping[str, RawSetting]) -> Problem:
    name = str(item["loc"][0]).upper()
    where = raw[name].source if name in raw else "the defaults"
    return Problem(name, f"{name}={masked(name, str(item['input']))} in {where}: {plain(item['msg'])}.")


def written(value: object) -> str:
    """A setting's value as written in .env."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def masked(name: str, value: str) -> str:
    """A setting's value without the user name and password of an address."""
    return source.mask(value) if MASKED in Settings.model_fields[name.lower()].metadata else value


DEFAULTS = {name.upper(): written(value) for name, value in Settings.model_construct().model_dump().items()}
"""Every setting's default by name, as written in .env."""
