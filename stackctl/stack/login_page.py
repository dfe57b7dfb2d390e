"""The login page, requested from nginx on this server."""

from __future__ import annotations

import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection

from stackctl.settings import Settings

SECONDS = 5


def connect(settings: Settings) -> HTTPConnection:
    """A connection to nginx that is not opened yet.

    It needs neither DNS nor the firewall, and does not verify the certificate: `doctor` checks these.
    """
    if not settings.has_tls:
        return HTTPConnection("127.0.0.1", settings.stack_http_port, timeout=SECONDS)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection("127.0.0.1", settings.stack_https_port, timeout=SECONDS, context=context)


def problem(settings: Settings) -> str:
    """ "" when the login page is there, else what came instead."""
    connection = connect(settings)
    try:
        connection.request("GET", f"{settings.stack_base_url}hub/login", headers={"Host": settings.netloc})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"{settings.public_url} does not answer ({type(error).__name__})"
    finally:
        connection.close()
    return "" if status == 200 else f"{settings.public_url} answers {status}"
