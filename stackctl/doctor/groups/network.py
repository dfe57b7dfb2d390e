"""Check groups about names, certificates and addresses."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from stackctl.doctor.checks.network import certificate as certificate_checks
from stackctl.doctor.checks.network import host_name as name_checks
from stackctl.doctor.checks.network import networks
from stackctl.host import machine
from stackctl.stack import Stack
from stackctl.tls import certificates, nginx_certificate
from stackctl.ui.check import Check


def host_name(stack: Stack) -> Iterator[Check]:
    """Whether STACK_HOST, and names below it, lead to this server."""
    if name := stack.settings.stack_host:
        yield name_checks.check(name, machine.addresses(name), machine.own_addresses())
    if name := stack.settings.subdomain:
        hosts = machine.addresses(stack.settings.stack_host)
        yield name_checks.subdomains(name, machine.addresses(name), hosts, machine.own_addresses())


def certificate_files(stack: Stack) -> Iterator[Check]:
    """The files of STACK_TLS=files."""
    settings = stack.settings
    if settings.has_tls and settings.stack_tls == "files":
        chain, key = Path(settings.stack_tls_certificate), Path(settings.stack_tls_key)
        host, bundle, subdomain = settings.stack_host, settings.stack_ca_bundle, settings.subdomain
        yield from certificate_checks.check(chain, key, host, bundle, _now(), subdomain)


def served_certificate(stack: Stack) -> Iterator[Check]:
    """The certificate that nginx has."""
    if pem := stack.certificate.served():
        root, settings = stack.root, stack.settings
        is_current = not nginx_certificate.todo(root, settings) and nginx_certificate.load(root, settings) == pem
        yield from certificate_checks.served(certificates.expires(pem.get_secret_value()), _now(), is_current=is_current)


def addresses(stack: Stack) -> Iterator[Check]:
    """Docker's networks, and what else on this server has their names or addresses."""
    all_networks, routes = stack.engine.networks(), machine.routes()
    own = networks.of(stack.name, all_networks)
    yield from networks.names(stack.name, all_networks)
    yield from networks.bridge(stack.name, all_networks, machine.interfaces())
    yield from networks.routes(own, routes)
    local = {*machine.own_addresses(), *stack.engine.addresses()}
    yield from networks.unreachable(all_networks, _destinations(stack), local)
    yield networks.room(all_networks, routes, needed=2 - len(own))


def _destinations(stack: Stack) -> dict[str, list[str]]:
    """The addresses, by name, of the servers that the stack's containers connect to."""
    settings = stack.settings
    urls = [settings.http_proxy, settings.https_proxy]
    urls += [settings.stack_apt_mirror, settings.stack_pypi_mirror, settings.stack_npm_mirror]
    urls += [settings.gitlab_url] if settings.stack_auth == "gitlab" else []
    hosts = {urlsplit(url).hostname or "" for url in urls} - {""}
    return {"The name server": machine.name_servers()} | {host: machine.addresses(host) for host in sorted(hosts)}


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
