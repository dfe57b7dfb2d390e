"""The addresses that a stack may have."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.support.pki import issue
from tests.support.running import HOST, HTTPS_PORT, WEBSITE

PATH = "/Team.A/jupyter-lab_1/"


@dataclass(frozen=True)
class Address:
    """One combination. `entered`: what is typed; `url`: where the stack then is."""

    entered: str
    url: str
    base_url: str = "/"
    settings: dict[str, str] = field(default_factory=dict)
    gitlab: bool = False
    website: bool = False
    cell: bool = True  # whether a server is started too, which takes longer

    def of(self, person: str, url: str) -> str:
        """Where a person's notebooks are, with the stack at `url`."""
        return url.replace("://", f"://{person}.") if "STACK_SUBDOMAINS" in self.settings else url


HTTP = "http://{machine}:{port}"
FILES = {"STACK_HOST": HOST, "STACK_TLS": "files"}
OFF = {"STACK_HOST": WEBSITE, "STACK_TLS": "off"}
ON = {"STACK_SUBDOMAINS": "on"}
ADDRESSES = {
    "http, path, GitLab": Address(HTTP, HTTP, PATH, gitlab=True),
    "TLS, other port, GitLab, subdomains": Address(
        f"http://{HOST}:{{port}}", f"https://{HOST}:{HTTPS_PORT}", settings={"STACK_HOST": HOST, **ON}, gitlab=True
    ),
    "own certificate, path, GitLab": Address(
        f"http://{HOST}:{{port}}", f"https://{HOST}:{HTTPS_PORT}", PATH, settings=FILES, gitlab=True, cell=False
    ),
    "TLS proxy, path, GitLab, subdomains": Address(
        f"https://{WEBSITE}{PATH}", f"https://{WEBSITE}", PATH, settings=OFF | ON, gitlab=True, website=True
    ),
    "TLS, path": Address(
        f"http://{HOST}:{{port}}",
        f"https://{HOST}",
        PATH,
        settings={"STACK_HOST": HOST, "STACK_HTTPS_PORT": "443"},
    ),
    "own certificate": Address(f"https://{HOST}:{HTTPS_PORT}", f"https://{HOST}:{HTTPS_PORT}", settings=FILES, cell=False),
    "TLS proxy, other port": Address(
        f"https://{WEBSITE}:8443", f"https://{WEBSITE}:8443", settings=OFF | {"STACK_HTTPS_PORT": "8443"}, website=True
    ),
    "http proxy, path": Address(f"http://{WEBSITE}{PATH}", f"http://{WEBSITE}", PATH, website=True),
}
"""Each pair of: TLS or not, `/` or a path, GitLab or an account here, a proxy or none, the usual port or another.

And with a host for each person, where there is TLS.
"""


def certificate(folder: Path) -> dict[str, str]:
    """The settings with a certificate of one's own, which is in `folder`."""
    ca = issue("CA")
    site = issue(HOST, ca, names=[HOST])
    for name, text in {"site.pem": site.pem + ca.pem, "key.pem": site.key_pem()}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    return {"STACK_TLS_CERTIFICATE": f"{folder}/site.pem", "STACK_TLS_KEY": f"{folder}/key.pem"}
