"""Types and rules for the values of settings. Every function raises ValueError that states the rule."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidatorFunctionWrapHandler, WrapValidator

from contract.duration import to_seconds
from contract.lists import items
from contract.memory import to_bytes
from stackctl.checkout import files


def _digits(value: object, handler: ValidatorFunctionWrapHandler) -> int:
    """Compose reads 018700 as an octal number, and does not read 18_700 as a number."""
    number = int(handler(value))
    if str(number) != str(value):
        raise ValueError(f"must be written as {number}")
    return number


def _seconds(value: object) -> object:
    return to_seconds(value) if isinstance(value, str) else value


def address(value: str) -> str:
    """`value`, an http or https address; or "" for none."""
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", value)):
        raise ValueError("must be an address that begins with http:// or https://")
    return value


MASKED = "masked"
"""Marks the type of a setting that may contain a user name and a password, which stackctl never shows."""

Address = Annotated[str, AfterValidator(address), MASKED]
"""An http or https address, or "" for none."""

Whole = Annotated[int, WrapValidator(_digits)]
"""A whole number that Compose reads as stackctl does: only digits, without a leading zero."""

Duration = Annotated[int, BeforeValidator(_seconds)]
"""Seconds, written as a number of seconds or as 30m, 8h or 1d. The hub reads the same forms."""

Switch = Literal["on", "off"]

PLAIN = {
    r"^Value error, ": "",
    r"^Field required": "is missing",
    r"^(Input|String) should": "must",
    r"^must be a valid integer.*": "must be a whole number",
    r"^must be a valid number.*": "must be a number",
    r"^must be a valid boolean.*": "must be true or false",
    r"^must be a valid string": "must be text",
    r"^must be greater than or equal to (\S+)": r"must be \1 or more",
    r"^must be less than or equal to (\S+)": r"must be \1 or less",
}
"""Patterns in pydantic's messages and their replacements, applied in this order."""


def plain(message: str) -> str:
    """pydantic's message in plain words."""
    for pattern, words in PLAIN.items():
        message = re.sub(pattern, words, message)
    return message


def host_name(value: str) -> str:
    """A host name in lower case or an IP address, as in a browser's address bar (RFC 1123, section 2.1)."""
    if "/" in value:
        raise ValueError("must be only the name, such as hub.example.org, without https:// and path")
    if "%" in value:
        raise ValueError("must not contain %: such an address is valid on one machine only")
    if value.count("[") != value.count("]"):
        raise ValueError("must have both brackets, as in [fd00::5], or none")
    if address := _ip_address(re.sub(r"^\[(.*:.*)\]$", r"\1", value)):
        return address
    if re.search(r":\d+$", value):
        raise ValueError("must be only the name; set the port with STACK_HTTPS_PORT")
    if not value.isascii():
        raise ValueError(f"must be written in ASCII, as in DNS: {_in_ascii(value)}")
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    name = value.lower()
    if not re.fullmatch(rf"{label}(\.{label})*", name) or len(name) > 253:
        raise ValueError("must be a host name such as hub.example.org: letters, digits and dashes, with single dots")
    if name.rpartition(".")[2].isdigit():
        raise ValueError("is neither a host name nor an IP address (four numbers up to 255)")
    return name


def _ip_address(value: str) -> str:
    """An IP address in its usual form, "" if it is not one."""
    try:
        parsed = ipaddress.ip_address(value)
    except ValueError:
        return ""
    if parsed.is_unspecified or parsed.is_multicast:
        raise ValueError("must be what people type in a browser; the stack listens on all addresses anyway")
    return str(parsed)


def _in_ascii(name: str) -> str:
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return "letters, digits and dashes, with single dots"


def base_url(value: str) -> str:
    """`value`, the path below which the stack is served, such as / or /jupyter/."""
    if re.fullmatch(r"/([A-Za-z0-9_-][A-Za-z0-9._-]*/)*", value):
        return value
    words = re.findall(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", unquote(urlsplit(value).path).replace(" ", "-"))
    suggestion = "".join(f"{word}/" for word in words or ["jupyter"])
    raise ValueError(f"must begin and end with /, with only letters, digits and . _ - between, such as /{suggestion}")


def networks(value: str) -> list[str]:
    """A list of IP addresses and networks, separated by commas, each in its usual form."""
    parsed = []
    for item in items(value):
        if "%" in item:
            raise ValueError(f"{item!r} must not contain %, which nginx does not support")
        try:
            network = ipaddress.ip_network(item, strict=False)
        except ValueError:
            raise ValueError(f"{item!r} is neither an IP address nor a network such as 10.1.2.0/24") from None
        if network.prefixlen == 0:
            raise ValueError(f"{item!r} would trust everyone")
        parsed.append(str(network.network_address) if network.num_addresses == 1 else str(network))
    return parsed


def certificates(path: Path) -> None:
    """Check that a file holds a certificate and is readable by everyone: the hub and notebooks run as other users."""
    try:
        text = files.read(path).decode(errors="replace")
    except OSError as error:
        fix = "on Debian and Ubuntu: apt-get install ca-certificates"
        raise ValueError(f"cannot be read ({error.strerror}); {fix}") from None
    if not path.stat().st_mode & 0o004:
        raise ValueError(f"must be readable by everyone, because the hub and notebooks run as other users: chmod 644 {path}")
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise ValueError("contains no certificate (it must be a PEM file)")


def memory(value: str, other_form: str = "") -> str:
    """An amount of memory that is enough for a notebook server, such as 512M. `other_form`: what else the caller accepts."""
    if not re.fullmatch(r"\d{1,12}(\.\d+)?[KMGT]", value, re.ASCII):
        raise ValueError(f"must be a number followed by K, M, G or T, such as 512M or 2G{other_form}")
    if to_bytes(value) < 256 * 2**20:
        raise ValueError("must be 256M or more: a notebook server does not start with less")
    return value
