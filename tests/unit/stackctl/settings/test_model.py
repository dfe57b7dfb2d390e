"""`.env` and the environment: which one counts, and the error for each mistake."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from contract.memory import to_bytes
from stackctl import settings
from stackctl.settings import Settings, load, source, timezone
from tests.unit.stackctl.refused import refusal

RESERVED = "must not contain -user, -singleuser or -shared, which the stack uses in its names"
NAME = "must be 1 to 15 lower-case letters, digits and single dashes, and start with a letter"
NO_GROUP = "'{}' is an address. Give only the full path of the group, such as data or data/lab"
SIZE = "must be a number followed by K, M, G or T, such as 512M or 2G, or a share of the server's memory, such as 90%"
BASE_URL = "must begin and end with /, with only letters, digits and . _ - between, such as {}"
ADDRESS = "must be an address that begins with http:// or https://"
WHOLE = "must be a whole number"
DURATION = "must be a number of seconds, or a duration such as 30m, 8h or 1d"
INSTALL = "on Debian and Ubuntu: apt-get install ca-certificates"

WAYS_IN = "must be 'local', 'pam', 'gitlab', 'github', 'google' or 'generic-oauth'"
LEVEL = "'{}' must be one of developer, maintainer, owner; without one, every member of the group may sign in"
USER = "'{}' is neither a GitLab user name nor an id such as id:42"
PAM_GROUP = "must be the name of one of this server's groups, such as users"
ZONE = "must be a time zone, such as Asia/Shanghai or Europe/Berlin"
BOOLEAN = "must be true or false"
HOST_RULE = "must be a host name such as hub.example.org: letters, digits and dashes, with single dots"
NO_ADDRESS = "is neither a host name nor an IP address (four numbers up to 255)"
BRACKETS = "must have both brackets, as in [fd00::5], or none"
ONE_MACHINE = "must not contain %: such an address is valid on one machine only"
TYPED = "must be what people type in a browser; the stack listens on all addresses anyway"
WITH_HOST = "needs STACK_HOST; set that too"
NEVER = "'{}': is never open to notebooks: link-local and multicast addresses lead to credentials, or to everybody"
BAD_VALUES = [
    ("STACK_HOST", "https://hub.example.org", "must be only the name, such as hub.example.org, without https:// and path"),
    ("STACK_HOST", "hub.example.org/jupyter", "must be only the name, such as hub.example.org, without https:// and path"),
    ("STACK_HOST", "hub.example.org:8443", "must be only the name; set the port with STACK_HTTPS_PORT"),
    ("STACK_HOST", "hub..example.org", HOST_RULE),
    ("STACK_HOST", "hub.example.org.", HOST_RULE),
    ("STACK_HOST", "*.example.org", HOST_RULE),
    ("STACK_HOST", "my_hub.example.org", HOST_RULE),
    ("STACK_HOST", "hub example.org", HOST_RULE),
    ("STACK_HOST", "hub,example.org", HOST_RULE),
    ("STACK_HOST", "-hub.example.org", HOST_RULE),
    ("STACK_HOST", f"{'a' * 64}.example.org", HOST_RULE),
    ("STACK_HOST", "192.168.1.256", NO_ADDRESS),
    ("STACK_HOST", "192.168.1", NO_ADDRESS),
    ("STACK_HOST", "中心.example.org", "must be written in ASCII, as in DNS: xn--fiqq24b.example.org"),
    ("STACK_HOST", "[fd00::5", BRACKETS),
    ("STACK_HOST", "fd00::5]", BRACKETS),
    ("STACK_HOST", "[10.1.2.3]", HOST_RULE),
    ("STACK_HOST", "[fd00::5]:8443", "must be only the name; set the port with STACK_HTTPS_PORT"),
    ("STACK_HOST", "fe80::1%eth0", ONE_MACHINE),
    ("STACK_HOST", "[fe80::1%eth0]", ONE_MACHINE),
    ("STACK_HOST", "0.0.0.0", TYPED),
    ("STACK_HOST", "[::]", TYPED),
    ("STACK_HOST", "224.0.0.1", TYPED),
    ("STACK_HOST", "ff02::1", TYPED),
    ("STACK_TLS", "off", WITH_HOST),
    ("STACK_TLS", "files", WITH_HOST),
    ("STACK_TLS_CERTIFICATE", "/etc/site.crt", WITH_HOST),
    ("STACK_TLS_KEY", "/etc/site.key", WITH_HOST),
    ("STACK_TLS", "letsencrypt", "must be 'selfsigned', 'files' or 'off'"),
    ("STACK_TRUSTED_PROXIES", "10.1.2.5", "is only for STACK_TLS=off"),
    ("STACK_HTTPS_PORT", "8443", WITH_HOST),
    ("STACK_SUBDOMAINS", "on", WITH_HOST),
    ("STACK_SUBDOMAINS", "yes", "must be 'on' or 'off'"),
    ("STACK_HTTPS_PORT", "0", "must be 1 or more"),
    ("STACK_NAME", "My Stack", NAME),
    ("STACK_NAME", "sixteen-letters-", NAME),
    ("STACK_NAME", "a234567890123456", NAME),
    ("STACK_NAME", "1st", NAME),
    ("STACK_NAME", "two--dashes", NAME),
    ("STACK_NAME", "../up", NAME),
    ("STACK_NAME", "team-user", RESERVED),
    ("STACK_NAME", "a-singleuser-b", RESERVED),
    ("STACK_TITLE", "x" * 101, "must have at most 100 characters"),
    ("STACK_TITLE", " \u3000 ", "must be more than spaces"),
    ("STACK_AUTH", "ldap", WAYS_IN),
    ("GITLAB_URL", "gitlab.example.org", ADDRESS),
    ("GITLAB_URL", "https://gitlab.example.org/?a=b", "must be only GitLab's address, such as https://gitlab.example.org"),
    ("GITLAB_CA_FILE", "/dev/null", f"cannot be read (it is not a regular file); {INSTALL}"),
    ("GITLAB_CA_FILE", "ca.pem", "must contain a /, such as ./ca.pem: Compose takes a single word for a volume"),
    ("GITLAB_ALLOWED_GROUPS", "gitlab.com", NO_GROUP.format("gitlab.com")),
    ("GITLAB_ALLOWED_GROUPS", "data, GitLab.com/lab", NO_GROUP.format("GitLab.com/lab")),
    ("GITLAB_ADMIN_GROUPS", "https://gitlab.com/groups/data", NO_GROUP.format("https://gitlab.com/groups/data")),
    ("GITLAB_ALLOWED_GROUPS", "data lab", "'data lab' is not the full path of a group, such as data or data/lab"),
    ("GITLAB_ADMIN_GROUPS", "ops:boss", LEVEL.format("boss")),
    ("GITLAB_ADMIN_GROUPS", "ops:reporter", LEVEL.format("reporter")),
    ("GITLAB_ALLOWED_USERS", "alice smith", USER.format("alice smith")),
    ("GITLAB_ADMIN_USERS", "id:alice", USER.format("id:alice")),
    ("GITLAB_ALLOW_ALL", "maybe", BOOLEAN),
    ("GITLAB_GIT", "maybe", BOOLEAN),
    *(("STACK_TIMEZONE", zone, ZONE) for zone in ("Asia/Nowhere", "../../etc/passwd", "/etc/passwd", "CST 8", "上海")),
    ("STACK_PAM_GROUP", "data lab", PAM_GROUP),
    ("STACK_PAM_GROUP", "users,sudo", PAM_GROUP),
    ("STACK_PAM_GROUP", "shadow", "must be a group for people, such as users"),
    ("STACK_PAM_ADMIN_GROUP", "-x", PAM_GROUP),
    ("STACK_ISOLATION", "no", "must be 'on' or 'off'"),
    ("STACK_EGRESS", "off", "must be 'internet' or 'none'"),
    ("STACK_EGRESS_PRIVATE", "yes", "must be 'deny' or 'allow'"),
    ("STACK_SHARED_FOLDERS", "/etc", "'/etc' cannot be shared: it is, contains or is inside /etc"),
    ("STACK_EGRESS_EXCEPTIONS", "169.254.169.254:80", NEVER.format("169.254.169.254:80")),
    ("STACK_EGRESS_EXCEPTIONS", "10.1.2.3,224.0.0.0/4", NEVER.format("224.0.0.0/4")),
    ("STACK_EGRESS_EXCEPTIONS", "10.1.2.300", "'10.1.2.300': is neither an IP address nor a network such as 10.1.2.0/24"),
    ("STACK_HTTP_PORT", "0", "must be 1 or more"),
    ("STACK_HTTP_PORT", "65536", "must be 65535 or less"),
    ("STACK_HTTP_PORT", "http", WHOLE),
    ("STACK_HTTP_PORT", "80.5", WHOLE),
    ("STACK_HTTP_PORT", "18_700", "must be written as 18700"),
    ("STACK_HTTP_PORT", "+18700", "must be written as 18700"),
    ("STACK_HTTP_PORT", "18700.0", "must be written as 18700"),
    ("STACK_HTTP_PORT", "018700", "must be written as 18700"),
    ("STACK_HTTP_PORT", " 18700 ", "must be written as 18700"),
    ("STACK_IDLE_TIMEOUT", "-0", DURATION),
    ("STACK_BUSY_LIMIT", "00", DURATION),
    ("STACK_BASE_URL", "jupyter", BASE_URL.format("/jupyter/")),
    ("STACK_BASE_URL", "/team/jupyter", BASE_URL.format("/team/jupyter/")),
    ("STACK_BASE_URL", "//jupyter/", BASE_URL.format("/jupyter/")),
    ("STACK_BASE_URL", "/my lab/", BASE_URL.format("/my-lab/")),
    ("STACK_BASE_URL", "/my%20lab/", BASE_URL.format("/my-lab/")),
    ("STACK_BASE_URL", "/a/../jupyter/", BASE_URL.format("/a/jupyter/")),
    ("STACK_BASE_URL", "/jupyter/?a=b#c", BASE_URL.format("/jupyter/")),
    ("STACK_BASE_URL", "https://hub.example.org/jupyter", BASE_URL.format("/jupyter/")),
    ("STACK_BASE_URL", "/实验室/", BASE_URL.format("/jupyter/")),
    ("STACK_BASE_URL", "/jupyter;return/", BASE_URL.format("/jupyter/return/")),
    ("STACK_SERVERS_MEMORY", "2", SIZE),
    ("STACK_SERVERS_MEMORY", "2GB", SIZE),
    ("STACK_SERVERS_MEMORY", "0%", SIZE),
    ("STACK_SERVERS_MEMORY", "00%", SIZE),
    ("STACK_SERVERS_MEMORY", "९०%", SIZE),
    ("STACK_SERVERS_MEMORY", "５６G", SIZE),
    ("STACK_SERVERS_MEMORY", "128M", "must be 256M or more: a notebook server does not start with less"),
    ("STACK_NAMED_SERVERS", "-1", "must be 0 or more"),
    ("STACK_NAMED_SERVERS", "101", "must be 100 or less"),
    ("STACK_LANG", "fr", "must be '', 'en' or 'zh-CN'"),
    ("STACK_PROCESS_LIMIT", "49", "must be 50 or more"),
    ("STACK_PROCESS_LIMIT", "4194305", "must be 4194304 or less"),
    ("STACK_START_TIMEOUT", "3601", "must be 3600 or less"),
    ("STACK_IDLE_TIMEOUT", "31536001", "must be 31536000 or less"),
    ("STACK_BUSY_LIMIT", "31536001", "must be 31536000 or less"),
    ("STACK_START_TIMEOUT", "9", "must be 10 or more"),
    ("STACK_IDLE_TIMEOUT", "1w", DURATION),
    ("STACK_IDLE_TIMEOUT", "1.5h", DURATION),
    ("STACK_IDLE_TIMEOUT", "-1", DURATION),
    ("STACK_BUSY_LIMIT", "１h", DURATION),
    ("STACK_BASE_IMAGE", "Debian Trixie", "must be an image reference, such as debian:trixie-slim"),
    ("STACK_BASE_IMAGE", "debian@sha256:5eed", "must be an image reference, such as debian:trixie-slim"),
    ("STACK_APT_MIRROR", "ftp://mirror.example.org/debian", ADDRESS),
    ("STACK_APT_SECURITY_MIRROR", "mirror.example.org", ADDRESS),
    ("STACK_PYPI_MIRROR", "http:///simple", ADDRESS),
    ("STACK_NPM_MIRROR", "http://a b", ADDRESS),
    ("STACK_CONDA_INSTALLER_MIRROR", "ftp://mirror.example.org", ADDRESS),
    ("STACK_CONDA_MIRROR", "mirror.example.org/conda", ADDRESS),
    ("HTTP_PROXY", "proxy:3128", ADDRESS),
    ("HTTPS_PROXY", "socks5://proxy:1080", ADDRESS),
    ("STACK_CA_BUNDLE", "/nowhere/ca.pem", f"cannot be read (No such file or directory); {INSTALL}"),
    ("STACK_CA_BUNDLE", "/etc", f"cannot be read (Is a directory); {INSTALL}"),
    ("STACK_CA_BUNDLE", "/etc/passwd", "contains no certificate (it must be a PEM file)"),
]


def test_defaults_are_http_on_port_8000_with_local_accounts(tmp_path: Path) -> None:
    found = load(tmp_path, {})
    assert (found.stack_name, found.stack_auth, found.stack_http_port) == ("stackhub", "local", 8000)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STACK_NAME=from-file\nSTACK_HTTP_PORT=9000\n")
    found = load(tmp_path, {"STACK_NAME": "from-outside"})
    assert (found.stack_name, found.stack_http_port) == ("from-outside", 9000)


def test_an_empty_value_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STACK_NAME=from-file\nSTACK_HTTP_PORT=\n")
    found = load(tmp_path, {"STACK_NAME": ""})
    assert (found.stack_name, found.stack_http_port) == ("from-file", 8000)


def test_lower_case_proxy_variables_count(tmp_path: Path) -> None:
    assert load(tmp_path, {"http_proxy": "http://proxy:3128"}).http_proxy == "http://proxy:3128"


@pytest.mark.parametrize(
    "line", ["STACK_NAME=team", "export STACK_NAME=team", " STACK_NAME='team'  # ours", 'STACK_NAME = "team"\r']
)
def test_the_usual_spellings_of_a_line_are_read(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"\ufeff# a file from Windows\n\n{line}\n", newline="")
    assert load(tmp_path, {}).stack_name == "team"


@pytest.mark.parametrize(("name", "value", "reason"), BAD_VALUES)
def test_a_bad_value_is_named_with_what_it_must_be(tmp_path: Path, name: str, value: str, reason: str) -> None:
    assert refusal(tmp_path, {name: value}) == f"{name}={value} in the environment: {reason}."
    (tmp_path / ".env").write_text(f"{name}='{value}'\n")
    assert refusal(tmp_path) == f"{name}={value} in .env line 1: {reason}."


def test_every_rule_has_a_bad_value_here() -> None:
    """A rule is a setting's own validator, or a type, which one of its settings shows for all."""
    fields = Settings.model_fields
    own = {name for rule in Settings.__pydantic_decorators__.field_validators.values() for name in rule.info.fields}
    types = {str((field.annotation, field.metadata)): name for name, field in fields.items() if field.annotation is not str}
    shown = {name.lower() for name, _, _ in BAD_VALUES}
    assert own <= shown
    assert set(types) == {str((fields[name].annotation, fields[name].metadata)) for name in shown} & set(types)


def test_only_a_hub_with_pam_gets_the_servers_accounts(tmp_path: Path) -> None:
    assert load(tmp_path, {}).environment()["STACKCTL_ACCOUNTS"] == ""
    assert load(tmp_path, {"STACK_AUTH": "pam"}).environment()["STACKCTL_ACCOUNTS"] == "/etc"


def test_a_certificate_that_the_hub_could_not_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("-----BEGIN CERTIFICATE-----")
    file.chmod(0o600)
    rule = f"must be readable by everyone, because the hub and notebooks run as other users: chmod 644 {file}"
    assert refusal(tmp_path, {"GITLAB_CA_FILE": "./ca.pem"}) == f"GITLAB_CA_FILE={file} in the environment: {rule}."
    file.chmod(0o644)
    assert load(tmp_path, {"GITLAB_CA_FILE": "./ca.pem"}).gitlab_ca_file == str(file)


def test_a_password_in_a_bad_address_is_not_printed(tmp_path: Path) -> None:
    message = refusal(tmp_path, {"HTTPS_PROXY": "socks5://alice:secret@proxy:1080"})
    assert message == f"HTTPS_PROXY=socks5://***@proxy:1080 in the environment: {ADDRESS}."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://proxy:3128", "http://proxy:3128"),
        ("http://alice:a=b//c d@e@proxy:3128", "http://***@proxy:3128"),
        ("alice:secret@proxy", "***@proxy"),
        ("HTTP_PROXY='http://alice:se cret@proxy", "HTTP_PROXY='http://***@proxy"),
        ("export HTTP_PROXY = alice:secret@proxy", "export HTTP_PROXY = ***@proxy"),
    ],
)
def test_user_name_and_password_of_an_address_are_masked(text: str, shown: str) -> None:
    assert source.mask(text) == shown


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("STACK_NMAE", " Did you mean STACK_NAME?"),
        ("STACK_HTTP_PROT", " Did you mean STACK_HTTP_PORT?"),
        ("STACK_FOO", ""),
        ("STACK_IDLE", ""),
        ("STACK_QWERTYUIOP", ""),
    ],
)
def test_an_unknown_setting_gets_the_closest_name(tmp_path: Path, name: str, meant: str) -> None:
    assert refusal(tmp_path, {name: "x"}) == f"{name} in the environment is not a setting.{meant}"
    (tmp_path / ".env").write_text(f"# mine\n{name}=x\n")
    assert refusal(tmp_path) == f"{name} in .env line 2 is not a setting.{meant}"


def test_names_of_compose_and_docker_pass(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COMPOSE_PROFILES=x\nDOCKER_HOST=unix:///run/docker.sock\nSTACKCTL_LOCAL_IMAGES=x\n")
    assert load(tmp_path, {"HOME": "/root", "COMPOSE_PROJECT_NAME": "x"}) == load(tmp_path, {})


@pytest.mark.parametrize("line", ["hello world", "STACK_NAME", "STACK_NAME='no end"])
def test_a_line_that_is_not_a_setting_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"STACK_AUTH=local\n\n{line}\n")
    assert refusal(tmp_path) == f".env line 3 is not NAME=value: {line!r}."


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\x7fELF\xff\xfe\x00")
    assert refusal(tmp_path).startswith(".env cannot be read: 'utf-8' codec can't decode byte 0xff in position 4")


def test_a_folder_called_env_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert refusal(tmp_path) == ".env cannot be read: Is a directory."


def test_a_dangling_link_is_not_the_same_as_no_file(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to("config/env")
    assert refusal(tmp_path) == f".env cannot be read: it is a link to {tmp_path}/config/env, which does not exist."


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    message = f"cannot be read (it is not a regular file); {INSTALL}"
    assert refusal(tmp_path, {"STACK_CA_BUNDLE": str(pipe)}) == f"STACK_CA_BUNDLE={pipe} in the environment: {message}."
    (tmp_path / ".env").symlink_to(pipe)
    assert refusal(tmp_path) == ".env cannot be read: it is not a regular file."


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STACK_NMAE=x\nSTACK_HTTP_PORT=x\nhello world\n")
    assert refusal(tmp_path, {"STACK_AUTH": "ldap"}).split("\n       ") == [
        "STACK_NMAE in .env line 1 is not a setting. Did you mean STACK_NAME?",
        ".env line 3 is not NAME=value: 'hello world'.",
        f"STACK_HTTP_PORT=x in .env line 2: {WHOLE}.",
        f"STACK_AUTH=ldap in the environment: {WAYS_IN}.",
    ]


@pytest.fixture(autouse=True)
def utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose time zone is UTC."""
    zone = tmp_path / "usr" / "share" / "zoneinfo" / "Etc" / "UTC"
    zone.parent.mkdir(parents=True)
    zone.touch()
    monkeypatch.setattr(timezone, "LOCALTIME", zone)


def test_notebooks_have_the_zone_of_the_setting_or_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "TZ" not in load(tmp_path, {}).notebook_environment()
    assert load(tmp_path, {"STACK_TIMEZONE": "Asia/Shanghai"}).notebook_environment()["TZ"] == "Asia/Shanghai"
    elsewhere = timezone.LOCALTIME.parent.parent / "Europe" / "Berlin"
    elsewhere.parent.mkdir()
    elsewhere.touch()
    link = tmp_path / "localtime"
    link.symlink_to(elsewhere)
    monkeypatch.setattr(timezone, "LOCALTIME", link)
    assert load(tmp_path, {}).notebook_environment()["TZ"] == "Europe/Berlin"
    monkeypatch.setattr(timezone, "LOCALTIME", tmp_path / "a file without a name")
    assert "TZ" not in load(tmp_path, {}).notebook_environment()


def test_pip_uv_conda_mamba_and_r_in_notebooks_use_the_mirrors(tmp_path: Path) -> None:
    given = {
        "STACK_PYPI_MIRROR": "https://mirror.example.org/simple",
        "STACK_CONDA_MIRROR": "https://mirror.example.org/conda",
        "STACK_CONDA_INSTALLER_MIRROR": "https://mirror.example.org/miniforge",
        "STACK_CRAN_MIRROR": "https://cran.example.org/",
    }
    assert json.loads(load(tmp_path, given).environment()["STACKCTL_NOTEBOOK_ENVIRONMENT"]) == {
        "PIP_INDEX_URL": given["STACK_PYPI_MIRROR"],
        "UV_DEFAULT_INDEX": given["STACK_PYPI_MIRROR"],
        "CONDA_CHANNEL_ALIAS": given["STACK_CONDA_MIRROR"],
        "MAMBA_CHANNEL_ALIAS": given["STACK_CONDA_MIRROR"],
        "CRAN_MIRROR": given["STACK_CRAN_MIRROR"],
    }


def test_notebooks_get_mirror_and_proxies_but_no_password(tmp_path: Path) -> None:
    given = {
        "STACK_PYPI_MIRROR": "https://alice:secret@mirror.example.org/simple",
        "HTTP_PROXY": "http://proxy:3128",
        "NO_PROXY": "example.org",
    }
    environment = load(tmp_path, given).environment()
    assert json.loads(environment["STACKCTL_NOTEBOOK_ENVIRONMENT"]) == {
        "HTTP_PROXY": "http://proxy:3128",
        "http_proxy": "http://proxy:3128",
        "NO_PROXY": "hub,localhost,127.0.0.1,example.org",
        "no_proxy": "hub,localhost,127.0.0.1,example.org",
    }


@pytest.mark.parametrize(
    ("written", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("8h", 28800), ("1d", 86400), ("0", 0)]
)
def test_a_duration_is_written_in_seconds_minutes_hours_or_days(tmp_path: Path, written: str, seconds: int) -> None:
    found = load(tmp_path, {"STACK_IDLE_TIMEOUT": written})
    assert (found.stack_idle_timeout, found.environment()["STACK_IDLE_TIMEOUT"]) == (seconds, str(seconds))


@pytest.mark.parametrize(("size", "count"), [("1K", 1024), ("512M", 2**29), ("1.5G", 3 * 2**29), ("1T", 2**40)])
def test_sizes_are_powers_of_1024(size: str, count: int) -> None:
    assert to_bytes(size) == count


def test_the_environment_of_the_process_is_read_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_NAME", "from-process")
    assert settings.load(tmp_path).stack_name == "from-process"
