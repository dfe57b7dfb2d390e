"""A web server that has the stack below a path of it, set up as docs/tls.md says."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.checkout import ROOT
from tests.support.pki import issue
from tests.support.running import HTTPS_PORT, Stack
from tests.support.waiting import wait_until

NGINX = """
pid /tmp/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    {maps}
    server {{
        listen 127.0.0.1:{port}{ssl};
        ssl_certificate /etc/website/server.pem;
        ssl_certificate_key /etc/website/server.pem;
        {location}
    }}
}}
"""


@contextmanager
def website(stack: Stack, folder: Path, *, host: str, base_url: str, tls: bool) -> Iterator[None]:
    """An nginx of another on the stack's machine, at 127.0.0.1:HTTPS_PORT. Its files are in `folder`."""
    site = issue(host, names=[host])
    (folder / "server.pem").write_text(site.pem + site.key_pem())
    (folder / "nginx.conf").write_text(configuration(stack, base_url, tls=tls))
    folder.chmod(0o755)
    (folder / "server.pem").chmod(0o644)
    container = stack.docker.containers.run(
        f"{stack.name}-nginx",
        ["nginx", "-c", "/etc/website/nginx.conf", "-g", "daemon off;"],
        network_mode="host",
        volumes={str(folder): {"bind": "/etc/website", "mode": "ro"}},
        detach=True,
        init=True,
    )
    try:
        wait_until(lambda: _listens(HTTPS_PORT), 20, "the website answers")
        yield
    finally:
        container.remove(force=True)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def configuration(stack: Stack, base_url: str, *, tls: bool) -> str:
    """What docs/tls.md has, with this path and port."""
    found = re.search(r"```nginx\n(map .*?\n}\n)\n(location .*?)```", (ROOT / "docs" / "tls.md").read_text(), re.DOTALL)
    assert found
    location = found[2].replace("/jupyter/", base_url).replace(":8000;", f":{stack.port};")
    assert f"location {base_url} " in location
    assert f":{stack.port};" in location
    return NGINX.format(maps=found[1], location=location, port=HTTPS_PORT, ssl=" ssl" if tls else "")
