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

from stackctl import given
from stackctl.address_settings import AddressSettings
from stackctl.egress_settings import EgressSettings
from stackctl.errors import CheckFailedError
from stackctl.gitlab_settings import GitLabSettings
from stackctl.given import Given, Problem
from stackctl.pam_settings import ACCOUNTS, PamSettings
from stackctl.shared_settings import SharedSettings
from stackctl.validation import Whole, address, certificates, memory, plain

ADDRESSES = (
    "stack_apt_mirror",
    "stack_apt_security_mirror",
    "stack_pypi_mirror",
    "stack_npm_mirror",
    "stack_conda_installer_mirror",
    "stack_conda_mirror",
    "stack_osv_url",
    "http_proxy",
    "https_proxy",
)
"""Settings that may carry a name and a password."""

YEAR = 365 * 86400


class Settings(AddressSettings, GitLabSettings, PamSettings, EgressSettings, SharedSettings):
    """Every setting of the stack with its default. `.env.example` says what each is for."""

    model_config = ConfigDict(frozen=True)

    stack_name: str = "stackhub"
    stack_title: str = Field("JupyterHub", min_length=1, max_length=100)
    stack_auth: Literal["local", "pam", "gitlab", "github", "google", "generic-oauth"] = "local"

    stack_lang: Literal["", "en", "zh-CN"] = ""
    stack_named_servers: Whole = Field(0, ge=0, le=100)
    stack_servers_memory: str = "90%"
    stack_process_limit: Whole = Field(1000, ge=50, le=2**22)  # Linux has no more
    stack_start_timeout: Whole = Field(60, ge=10, le=3600)
    stack_idle_timeout: Whole = Field(3600, ge=0, le=YEAR)
    stack_busy_limit: Whole = Field(86400, ge=0, le=YEAR)

    stack_base_image: str = "debian:trixie-slim"
    stack_apt_mirror: str = ""
    stack_apt_security_mirror: str = ""
    stack_pypi_mirror: str = ""
    stack_npm_mirror: str = ""
    stack_conda_installer_mirror: str = ""
    stack_conda_mirror: str = ""
    stack_osv_url: str = ""
    stack_ca_bundle: Path = Path("/etc/ssl/certs/ca-certificates.crt")
    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: str = ""

    @field_validator("stack_name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", value) or len(value) > 15:
            raise ValueError("must be 1 to 15 lower-case letters, digits and single dashes, and start with a letter")
        # team-user-nginx-1: a server of team's, or a service of team-user's?
        if re.search(r"-(user|singleuser|shared)(-|$)", value):
            raise ValueError("must have no -user, -singleuser or -shared in it: what is named after a stack has these")
        return value

    @field_validator("stack_title")
    @classmethod
    def _title(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must be more than spaces")
        return value

    @field_validator("stack_servers_memory")
    @classmethod
    def _memory(cls, value: str) -> str:
        is_share = re.fullmatch(r"\d{1,4}%", value, re.ASCII) and value.strip("0%")
        return value if is_share else memory(value, ", or a share of the server's, such as 90%")

    @field_validator("stack_base_image")
    @classmethod
    def _image(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9._/:-]*(@sha256:[0-9a-f]{64})?", value):
            raise ValueError("must be an image reference, such as debian:trixie-slim")
        return value

    @field_validator(*ADDRESSES)
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

    def environment(self) -> dict[str, str]:
        """The settings as compose.yaml reads them, and what it needs besides them."""
        values = {name.upper(): written(value) for name, value in self.model_dump().items()}
        values |= {"STACKCTL_PUBLIC_URL": f"{self.public_url}/", "STACKCTL_PROXIED_ADDRESS": self.proxied_address}
        values["STACKCTL_PLACES"] = ",".join(self.places)
        values["STACKCTL_ACCOUNTS"] = str(ACCOUNTS) if self.stack_auth == "pam" else ""
        # these would win over what compose.yaml says
        values |= {"COMPOSE_PROJECT_NAME": self.stack_name, "COMPOSE_PROFILES": ""}
        values["STACKCTL_NOTEBOOK_ENVIRONMENT"] = json.dumps(notebook) if (notebook := self.notebook_environment()) else ""
        return values

    @property
    def places(self) -> list[str]:
        """Where notebooks find GitLab, mirrors and proxies, as host:port: without the passwords that addresses may have."""
        urls = [self.gitlab_url] if self.stack_auth == "gitlab" else []
        urls += [self.stack_apt_mirror, self.stack_pypi_mirror, self.stack_npm_mirror, self.stack_conda_mirror]
        found = [urlsplit(url) for url in (*urls, self.http_proxy, self.https_proxy) if url]
        return [f"{url.hostname}:{url.port or (443 if url.scheme == 'https' else 80)}" for url in found]

    @property
    def no_proxy_inside(self) -> str:
        """NO_PROXY for what runs in the stack's containers."""
        return ",".join(filter(None, ["hub", "localhost", "127.0.0.1", self.no_proxy]))

    def notebook_environment(self) -> dict[str, str]:
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


@dataclass(frozen=True)
class Reading:
    """What is given, by the settings' names, and what is wrong; `settings` is None when anything is."""

    given: dict[str, Given]
    problems: list[Problem]
    settings: Settings | None

    def value(self, name: str) -> str:
        """What is given for a setting, right or wrong, or its default, as it is written in .env."""
        if name in self.given:
            return self.given[name].value
        return written(getattr(self.settings, name.lower())) if self.settings else DEFAULTS[name]


def load(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force: the environment wins over `root`/.env, which wins over the defaults.

    Raises CheckFailedError that names every line that cannot be read, unknown name and bad value.
    """
    return checked(read(root, environ))


def name(root: Path) -> str:
    """The stack's name, also where other settings are wrong, which `config set` mends; the default where the name is."""
    reading = read(root)
    wrong = any(problem.name == "STACK_NAME" for problem in reading.problems)
    return DEFAULTS["STACK_NAME"] if wrong else reading.value("STACK_NAME")


def checked(reading: Reading) -> Settings:
    """The settings that were read. Raises CheckFailedError with all that is wrong."""
    if reading.settings is None:
        texts = [problem.text for problem in reading.problems]
        raise CheckFailedError("\n       ".join(texts), "Each setting is explained in .env.example; yours are in .env.")
    return reading.settings


def read(root: Path, environ: Mapping[str, str] = os.environ, text: str | None = None) -> Reading:
    """The settings in force, and what is wrong with them. `text`: of a .env file, in place of the one that is there."""
    unreadable = []
    try:
        text = given.text_of(root / ".env") if text is None else text
    except (OSError, UnicodeDecodeError) as error:
        text, unreadable = "", [Problem("", f".env cannot be read: {given.reason(error)}.")]
    found, problems = given.find(text, DEFAULTS, environ)
    values = {name.lower(): item.value for name, item in found.items()}
    problems = [*unreadable, *problems, *_with_paths(values, found, root)]
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        return Reading(found, problems + [_problem(item, found) for item in error.errors()], None)
    return Reading(found, problems, None if problems else settings)


def _with_paths(values: dict[str, str], found: Mapping[str, Given], root: Path) -> list[Problem]:
    """Make the paths among `values` absolute: they are relative to the checkout, as Compose takes them.

    The bundle is checked also when it is the default, which pydantic would not.
    """
    problems = []
    for name in ("GITLAB_CA_FILE", "STACK_CA_BUNDLE"):
        value = values.pop(name.lower(), DEFAULTS[name])
        if name in found and "/" not in value:
            fix = f"must have a / in it, such as ./{value}: Compose takes a word alone for a volume"
            problems.append(Problem(name, f"{name}={value} in {found[name].where}: {fix}."))
        elif value:
            values[name.lower()] = str(root / value)
    for name in ("stack_tls_certificate", "stack_tls_key"):
        if name in values:
            values[name] = str(root / values[name])
    return problems


def _problem(item: ErrorDetails, found: Mapping[str, Given]) -> Problem:
    name = str(item["loc"][0]).upper()
    where = found[name].where if name in found else "the defaults"
    return Problem(name, f"{name}={masked(name, str(item['input']))} in {where}: {plain(item['msg'])}.")


def written(value: object) -> str:
    """A setting's value as it is written in .env."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def masked(name: str, value: str) -> str:
    """A setting's value without the name and the password in an address."""
    return given.shown(value) if name.lower() in (*ADDRESSES, "gitlab_url") else value


DEFAULTS = {name.upper(): written(value) for name, value in Settings.model_construct().model_dump().items()}
"""Every setting's default, by its name, as it is written in .env."""
