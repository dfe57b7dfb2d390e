"""What the values of settings must be like. Every function raises ValueError with the rule."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import ValidatorFunctionWrapHandler, WrapValidator

from stackctl import files


def _digits(value: object, handler: ValidatorFunctionWrapHandler) -> int:
    """Compose takes 018700 for an octal number, and 18_700 for none."""
    number = int(handler(value))
    if str(number) != str(value):
        raise ValueError(f"must be written as {number}")
    return number


Whole = Annotated[int, WrapValidator(_digits)]
"""A whole number that Compose reads as stackctl does: digits alone, without a zero before them."""

PLAIN = {
    r"^Value error, ": "",
    r"^Field required": "is missing",
    r"^(Input|String) should": "must",
    r"^must be a valid integer.*": "must be a whole number",
    r"^must be a valid number.*": "must be a number",
    r"^must be a valid boolean.*": "must be true or false",
    r"^must be a valid string": "must be a text",
    r"^must be greater than or equal to (\S+)": r"must be \1 or more",
    r"^must be less than or equal to (\S+)": r"must be \1 or less",
}
"""What pydantic says, and what a person is told, one after the other."""


def plain(message: str) -> str:
    """What pydantic says of a value, in plain words."""
    for pattern, words in PLAIN.items():
        message = re.sub(pattern, words, message)
    return message


def address(value: str) -> str:
    """`value`, an address of http or https; or "" for none."""
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", value)):
        raise ValueError("must be an address that begins with http:// or https://")
    return value


def host_name(value: str) -> str:
    """A host's name in lower case, or its IP address: what stands in a browser's address bar (RFC 1123, section 2.1)."""
    if "/" in value:
        raise ValueError("must be the name alone, such as hub.example.org: no https://, and no path")
    if "%" in value:
        raise ValueError("must have no % in it: an address with one counts on a single machine only")
    if value.count("[") != value.count("]"):
        raise ValueError("must have both brackets, as in [fd00::5], or none")
    if found := _ip_address(re.sub(r"^\[(.*:.*)\]$", r"\1", value)):
        return found
    if re.search(r":\d+$", value):
        raise ValueError("must be the name alone; its port is STACK_HTTPS_PORT")
    if not value.isascii():
        raise ValueError(f"must be written in ASCII, as DNS has it: {_in_ascii(value)}")
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    name = value.lower()
    if not re.fullmatch(rf"{label}(\.{label})*", name) or len(name) > 253:
        raise ValueError("must be a host's name, such as hub.example.org: letters, digits and dashes, with single dots")
    if name.rpartition(".")[2].isdigit():
        raise ValueError("is neither a host's name nor an IP address, which has four numbers up to 255")
    return name


def _ip_address(value: str) -> str:
    """An IP address as it is usually written; "" for what is none."""
    try:
        found = ipaddress.ip_address(value)
    except ValueError:
        return ""
    if found.is_unspecified or found.is_multicast:
        raise ValueError("must be what people type in a browser; with any name the stack listens on all addresses")
    return str(found)


def _in_ascii(name: str) -> str:
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return "letters, digits and dashes, with single dots"


def base_url(value: str) -> str:
    """`value`, the path below which the stack is, such as / or /jupyter/."""
    if re.fullmatch(r"/([A-Za-z0-9_-][A-Za-z0-9._-]*/)*", value):
        return value
    words = re.findall(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", unquote(urlsplit(value).path).replace(" ", "-"))
    meant = "".join(f"{word}/" for word in words or ["jupyter"])
    raise ValueError(f"must begin and end with /, with only letters, digits and . _ - between, such as /{meant}")


def networks(value: str) -> list[str]:
    """A list of IP addresses and networks, with commas between them, each as it is usually written."""
    found = []
    for item in items(value):
        if "%" in item:
            raise ValueError(f"{item!r} must have no % in it, which nginx does not know")
        try:
            network = ipaddress.ip_network(item, strict=False)
        except ValueError:
            raise ValueError(f"{item!r} is not an IP address, nor a network such as 10.1.2.0/24") from None
        if network.prefixlen == 0:
            raise ValueError(f"{item!r} would trust everybody")
        found.append(str(network.network_address) if network.num_addresses == 1 else str(network))
    return found


def certificates(path: Path) -> None:
    """A file that everybody can read, as the hub and notebooks must, and that holds a certificate."""
    try:
        text = files.read(path).decode(errors="replace")
    except OSError as error:
        fix = "on Debian and Ubuntu: apt-get install ca-certificates"
        raise ValueError(f"cannot be read ({error.strerror}); {fix}") from None
    if not path.stat().st_mode & 0o004:
        raise ValueError(f"must be readable for everybody, as the hub and notebooks are other users; chmod 644 {path}")
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise ValueError("holds no certificate (a PEM file is needed)")


def items(value: str) -> list[str]:
    """The items of a list with commas between them."""
    return [item for item in (part.strip() for part in value.split(",")) if item]


def memory(value: str, other_form: str = "") -> str:
    """An amount of memory that a notebook server can do with, such as 512M. `other_form`: what else the caller takes."""
    if not re.fullmatch(r"\d{1,12}(\.\d+)?[KMGT]", value, re.ASCII):
        raise ValueError(f"must be a number with K, M, G or T after it, such as 512M or 2G{other_form}")
    if bytes_of(value) < 256 * 2**20:
        raise ValueError("must be 256M or more: a notebook server does not start with less")
    return value


def bytes_of(size: str) -> int:
    """`512M` or `1.5G` in bytes (powers of 1024)."""
    return int(float(size[:-1]) * 1024 ** ("KMGT".index(size[-1]) + 1))
