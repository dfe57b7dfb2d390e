"""The topics of `doctor`, in the order in which they are shown: what each looks at, with which adapters."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from stackctl import accounts, certificates, compose, host, lock, machine, secrets, shared_folders, tls, web
from stackctl.checks import (
    Check,
    certificate,
    checkout,
    clock,
    gitlab,
    gpus,
    groups,
    host_name,
    images,
    networks,
    pam,
    ports,
    secret_files,
    servers,
    services,
    sizes,
    space,
    versions,
    volumes,
)
from stackctl.doctor import Topic
from stackctl.errors import NotRunningError, StackError
from stackctl.gitlab_token import TokenSource
from stackctl.plan import CONFIG_HASH, WORKING_DIR, Seen, service_changes
from stackctl.proxyapi import ProxyAPI
from stackctl.stack import HUB_USER, Stack


def _lock(stack: Stack) -> Iterator[Check]:
    if not (last := lock.last(stack.folder)):
        return
    holder, runs = last
    whose = f"`{holder.command}` of {holder.user}, begun at {holder.since},"
    if runs:
        yield Check(
            "warn", f"{whose} is changing this stack: what is found below may be half done.", "Run this again later."
        )
    else:
        yield Check("warn", f"{whose} was cut off.", "Run it again: it goes on from there.")


def _versions(stack: Stack) -> Iterator[Check]:
    plugins = compose.plugin("compose", "--short"), compose.plugin("buildx")
    yield from versions.check(stack.engine.version["Version"], *plugins)
    yield from versions.engine(stack.engine.info())


def _space(stack: Stack) -> Iterator[Check]:
    try:
        yield from space.disk(machine.disk(stack.engine.folder))
    except OSError as error:
        yield Check("warn", f"How much room is on the disk is not known: {error.strerror} ({error.filename}).")


def _memory(_: Stack) -> Iterator[Check]:
    yield space.memory(machine.memory(), machine.free_memory())


def _sizes(stack: Stack) -> Iterator[Check]:
    wanted = stack.catalogue.sizes
    yield from sizes.check(wanted, stack.settings.stack_servers_memory, machine.memory(), machine.cpus())
    if any(size.gpus for size in wanted):
        yield from gpus.check(wanted, stack.engine.runtimes, machine.gpus())


def folders(stack: Stack) -> set[str]:
    """The checkouts that the stack's services were started from."""
    return {item.labels.get(WORKING_DIR, "") for item in stack.services()} - {""}


def _checkout(stack: Stack) -> Iterator[Check]:
    yield checkout.check(stack.name, stack.root, folders(stack))


def _ports(stack: Stack) -> Iterator[Check]:
    for address, port, setting in stack.settings.listeners:
        publisher = ""
        if host.docker_is_installed():
            try:
                publisher = stack.engine.publisher(port)
            except NotRunningError:
                yield Check("warn", f"Port {port} is not looked at: Docker, which may have it, does not answer.")
                continue
        yield ports.check(address, port, setting, publisher, own=f"{stack.name}-nginx-1")


def _name(stack: Stack) -> Iterator[Check]:
    if name := stack.settings.stack_host:
        yield host_name.check(name, machine.addresses(name), machine.own_addresses())
    if name := stack.settings.subdomain:
        hosts = machine.addresses(stack.settings.stack_host)
        yield host_name.subdomains(name, machine.addresses(name), hosts, machine.own_addresses())


def _certificate(stack: Stack) -> Iterator[Check]:
    it = stack.settings
    if it.has_tls and it.stack_tls == "files":
        files = Path(it.stack_tls_certificate), Path(it.stack_tls_key)
        now = datetime.datetime.now(datetime.timezone.utc)
        yield from certificate.check(*files, it.stack_host, it.stack_ca_bundle, now, it.subdomain)


def _served(stack: Stack) -> Iterator[Check]:
    if pem := stack.served():
        it = stack.settings
        now = datetime.datetime.now(datetime.timezone.utc)
        wanted = not tls.todo(stack.root, it) and tls.site(stack.root, it) == pem
        yield from certificate.served(certificates.ends(pem.get_secret_value()), now, wanted=wanted)


def _addresses(stack: Stack) -> Iterator[Check]:
    found, routes = stack.engine.networks(), machine.routes()
    own = networks.of(stack.name, found)
    yield from networks.names(stack.name, found)
    yield from networks.bridge(stack.name, found, machine.interfaces())
    yield from networks.routes(own, routes)
    yield from networks.unreachable(found, _places(stack), {*machine.own_addresses(), *stack.engine.addresses()})
    yield networks.room(found, routes, needed=2 - len(own))


def _places(stack: Stack) -> dict[str, list[str]]:
    """The addresses of what the stack's containers ask, by name."""
    it = stack.settings
    urls = [it.http_proxy, it.https_proxy, it.stack_apt_mirror, it.stack_pypi_mirror, it.stack_npm_mirror]
    urls += [it.gitlab_url] if it.stack_auth == "gitlab" else []
    hosts = {urlsplit(url).hostname or "" for url in urls} - {""}
    return {"The name server": machine.name_servers()} | {host: machine.addresses(host) for host in sorted(hosts)}


def _secrets(stack: Stack) -> Iterator[Check]:
    yield from secret_files.check(secrets.entries(stack.root), stack.root.stat().st_uid)


def _sign_in(stack: Stack) -> Iterator[Check]:
    if stack.settings.stack_auth == "gitlab":
        yield from gitlab.check(stack.root, stack.settings, TokenSource(stack.root, stack.settings).find())


def _accounts(stack: Stack) -> Iterator[Check]:
    if stack.settings.stack_auth == "pam":
        yield from pam.check(stack.settings.stack_pam_group, stack.settings.stack_pam_admin_group)


def _shared(stack: Stack) -> Iterator[Check]:
    yield from shared_folders.checks(stack.root, stack.settings, stack.engine.folder)


def _clock(stack: Stack) -> Iterator[Check]:
    it = stack.settings
    address = it.stack_pypi_mirror or it.stack_apt_mirror or machine.apt_mirror()
    theirs = web.clock(address, it) if address else None
    if theirs is None:
        yield Check("warn", "This server's clock is not compared: nobody was there to ask.", "Look at it: timedatectl")
    else:
        yield clock.check(theirs, f"{urlsplit(address).hostname}'s")


def _services(stack: Stack) -> Iterator[Check]:
    containers = stack.services()
    if not containers:
        what = "The stack is not running; much can only be seen when it is."
        yield Check("warn", what, "Start it: stackctl up")
        return
    images = stack.compose.images()
    yield from services.check(sorted(images), containers, lambda ident: stack.engine.log(ident, 10))
    seen = {item.service: Seen(item.state, item.image_id, item.labels.get(CONFIG_HASH, "")) for item in containers}
    ids = {name: stack.engine.image_id(image) for name, image in images.items()}
    yield from services.changes(service_changes(seen, stack.compose.hashes(), ids))


def _page(stack: Stack) -> Iterator[Check]:
    if not stack.services():
        return
    trouble = stack.trouble()
    yield Check("fail", f"{trouble}.", "See: stackctl logs nginx") if trouble else Check("ok", "The sign-in page is there.")


def _images(stack: Stack) -> Iterator[Check]:
    offered, known = stack.catalogue.offered, stack.known
    if known.told:
        told = {name: stack.engine.has_image(ident) for name, ident in known.told.items()}
        ids = {item.name: stack.engine.image_id(item.reference) for item in offered}
        verdicts = {name: known.verdicts[ident] for name, ident in ids.items() if ident in known.verdicts}
        refused = {name: verdict.reason for name, verdict in verdicts.items() if verdict.reason}
        yield from images.check([item.name for item in offered], told, refused)


def _servers(stack: Stack) -> Iterator[Check]:
    hub = proxy = None
    with contextlib.suppress(StackError):
        hub = servers.known(stack.hub().users())
    with contextlib.suppress(StackError):
        proxy = servers.routed(ProxyAPI(stack.engine, stack.running("proxy")).routes())
    if hub is not None or proxy is not None:
        yield from servers.check(stack.engine.servers(stack.name), hub, proxy)
    elif stack.services():
        yield Check("warn", "Notebook servers are not looked at: neither hub nor proxy answers.", "See Services.")


def empty_groups(stack: Stack) -> Iterator[Check]:
    """A warning for each group of the catalogue that nobody is in. Raises NotRunningError without a hub."""
    offered = [(item.name, item.groups) for item in (*stack.catalogue.offered, *stack.catalogue.sizes)]
    if any(whose for _, whose in offered):
        yield from groups.check(offered, stack.hub().groups(), stack.settings.stack_auth)


def _groups(stack: Stack) -> Iterator[Check]:
    with contextlib.suppress(NotRunningError):  # the topic Services says so
        yield from empty_groups(stack)


def _volumes(stack: Stack) -> Iterator[Check]:
    found = stack.engine.user_volumes(stack.name)
    expected = dict.fromkeys(found, volumes.USER)
    everybodys = set(stack.engine.shared_volumes(stack.name))
    writable = {item.volume(stack.name) for item in stack.settings.shared if not item.read_only}
    expected |= dict.fromkeys(everybodys & writable, volumes.USER)
    expected |= dict.fromkeys(stack.engine.service_volumes(stack.name), HUB_USER)
    image = stack.engine.image_id(f"{stack.name}-hub")
    if image and expected:
        yield from volumes.owners(stack.engine.owners(stack.name, image, list(expected)), expected, f"{stack.name}-hub")
    with contextlib.suppress(NotRunningError):
        yield from volumes.ownerless(found, {accounts.owner(user) for user in stack.hub().users()})


TOPICS = [
    Topic("Changes", _lock, docker=False),
    Topic("Docker", _versions, settings=False, before="start"),
    Topic("Disk", _space, settings=False, before="start"),
    Topic("Memory", _memory, settings=False, docker=False),
    Topic("Checkout", _checkout, before="start"),
    Topic("Ports", _ports, docker=False, before="start"),
    Topic("Name", _name, docker=False),
    Topic("Certificate", _certificate, docker=False, before="docker"),
    Topic("Addresses", _addresses, before="start"),
    Topic("Sizes", _sizes, before="start"),
    Topic("Secrets", _secrets, settings=False, docker=False),
    Topic("Sign-in", _sign_in, docker=False),
    Topic("Accounts", _accounts, docker=False, before="docker"),
    Topic("Shared folders", _shared, before="start"),
    Topic("Clock", _clock, docker=False),
    Topic("Services", _services),
    Topic("TLS", _served),
    Topic("Sign-in page", _page),
    Topic("Notebook images", _images),
    Topic("Notebook servers", _servers),
    Topic("Groups", _groups),
    Topic("Volumes", _volumes),
]
