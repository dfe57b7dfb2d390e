"""The settings of the stack's address and TLS."""

from __future__ import annotations

import ipaddress
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from contract.lists import items
from stackctl.settings.validation import Switch, Whole, base_url, host_name, networks

Tls = Literal["selfsigned", "files", "off"]


class Listener(NamedTuple):
    """An address and port where the stack listens, and the setting for the port."""

    address: str
    port: int
    setting: str


class AddressSettings(BaseModel):
    """With a host name the stack is public, without one it listens on this machine only."""

    stack_host: str = ""
    stack_tls_certificate: str = ""
    stack_tls_key: str = ""
    stack_tls: Tls = Field("selfsigned", validate_default=True)
    stack_trusted_proxies: str = "127.0.0.1"
    stack_http_port: Whole = Field(8000, ge=1, le=65535)
    stack_https_port: Whole = Field(443, ge=1, le=65535)
    stack_base_url: str = "/"
    stack_subdomains: Switch = "off"

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, raw: dict[str, Any]) -> dict[str, Any]:
        public = raw.get("stack_host") and raw.get("stack_tls") != "off"  # with off, another proxy may use 80 here
        return {"stack_http_port": 80} | raw if public else raw

    @field_validator("stack_host")
    @classmethod
    def _host(cls, value: str) -> str:
        return host_name(value)

    @field_validator("stack_base_url")
    @classmethod
    def _base_url(cls, value: str) -> str:
        return base_url(value)

    @field_validator("stack_tls_certificate", "stack_tls_key", "stack_https_port")
    @classmethod
    def _with_host(cls, value: Any, info: ValidationInfo) -> Any:
        if info.data.get("stack_host") == "":
            raise ValueError("needs STACK_HOST; set that too")
        return value

    @field_validator("stack_tls")
    @classmethod
    def _with_files(cls, value: Tls, info: ValidationInfo) -> Tls:
        if value != "selfsigned" and info.data.get("stack_host") == "":
            raise ValueError("needs STACK_HOST; set that too")
        files = {info.data.get(name) for name in ("stack_tls_certificate", "stack_tls_key")}
        if value == "files" and "" in files:
            raise ValueError("needs STACK_TLS_CERTIFICATE and STACK_TLS_KEY; set them too")
        if value != "files" and files - {"", None}:
            raise ValueError("must be files when STACK_TLS_CERTIFICATE and STACK_TLS_KEY are set")
        return value

    @field_validator("stack_trusted_proxies")
    @classmethod
    def _proxies(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("stack_tls", "off") != "off":
            raise ValueError("is only for STACK_TLS=off")
        return ",".join(networks(value))

    @field_validator("stack_https_port")
    @classmethod
    def _different_port(cls, value: int, info: ValidationInfo) -> int:
        if value == info.data.get("stack_http_port") and info.data.get("stack_tls") != "off":
            raise ValueError("must differ from STACK_HTTP_PORT")
        return value

    @field_validator("stack_subdomains")
    @classmethod
    def _with_domain(cls, value: str, info: ValidationInfo) -> str:
        host = info.data.get("stack_host")
        if value == "off" or host is None:
            return value
        if not host:
            raise ValueError("needs STACK_HOST; set that too")
        if (
            "." not in host or host.rpartition(".")[2].isdigit()
        ):  # browsers accept no cookie and no wildcard for a single label
            raise ValueError(f"needs a STACK_HOST with a dot, such as hub.example.org, not {host}")
        return value

    @property
    def has_tls(self) -> bool:
        """Whether nginx itself terminates TLS."""
        return bool(self.stack_host) and self.stack_tls != "off"

    @property
    def netloc(self) -> str:
        """The host, and the port unless it is the default, in the stack's address."""
        if not self.stack_host:
            return f"127.0.0.1:{self.stack_http_port}"
        host = f"[{self.stack_host}]" if ":" in self.stack_host else self.stack_host
        return host if self.stack_https_port == 443 else f"{host}:{self.stack_https_port}"

    @property
    def subdomain(self) -> str:
        """A host name like those of people, for checks, which nobody has; "" without STACK_SUBDOMAINS."""
        return f"stackctl--doctor.{self.stack_host}" if self.stack_subdomains == "on" else ""

    @property
    def public_url(self) -> str:
        """The stack's address in a browser, without a trailing slash."""
        return f"{'https' if self.stack_host else 'http'}://{self.netloc}{self.stack_base_url}".rstrip("/")

    @property
    def proxied_address(self) -> str:
        """The address to listen on with STACK_TLS=off: 127.0.0.1 if all trusted proxies are on this server."""
        proxies = (ipaddress.ip_network(item) for item in items(self.stack_trusted_proxies))
        return "127.0.0.1" if all(item.is_loopback for item in proxies) else "0.0.0.0"

    @property
    def listeners(self) -> list[Listener]:
        """Where the stack listens, as in nginx/ports.yaml."""
        address = "0.0.0.0" if self.has_tls else self.proxied_address if self.stack_host else "127.0.0.1"
        http = [Listener(address, self.stack_http_port, "STACK_HTTP_PORT")]
        return http + [Listener(address, self.stack_https_port, "STACK_HTTPS_PORT")] * self.has_tls
