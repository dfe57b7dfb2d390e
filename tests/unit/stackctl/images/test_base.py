"""mmdebstrap's command line, and what `ensure` does without a registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from stackctl.engine import Engine
from stackctl.errors import StackError
from stackctl.host import apt
from stackctl.images import base
from stackctl.settings import Settings

MIRROR = "http://mirror.example.org/debian"
TAR = Path("root.tar")


def settings(**given: Any) -> Settings:
    return Settings.model_validate(given)


@pytest.fixture
def host_mirrors(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {False: "http://host.example.org/debian", True: "http://host.example.org/security"}
    monkeypatch.setattr(apt, "debian_mirror", lambda *, security=False: found[security])


def test_a_mirror_from_settings_is_used() -> None:
    assert base.source_lines(settings(stack_apt_mirror=f"{MIRROR}/")) == [
        f"deb {MIRROR}/ trixie main",
        f"deb {MIRROR}/ trixie-updates main",
        f"deb {MIRROR}-security trixie-security main",
    ]


def test_a_security_mirror_of_its_own() -> None:
    given = settings(stack_apt_mirror=MIRROR, stack_apt_security_mirror="http://s.example.org/s")
    assert base.source_lines(given)[2] == "deb http://s.example.org/s trixie-security main"


def test_without_a_mirror_setting_the_hosts_own_is_used(host_mirrors: None) -> None:
    lines = base.source_lines(settings())
    assert lines[0] == "deb http://host.example.org/debian trixie main"
    assert lines[2] == "deb http://host.example.org/security trixie-security main"


@pytest.mark.parametrize("mirror", ["", "mirror+file:///etc/apt/mirrors/debian.list"], ids=["ubuntu", "cloud image"])
def test_without_any_mirror_mmdebstrap_uses_its_default(mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "debian_mirror", lambda **_: mirror)
    assert base.source_lines(settings()) == []


@pytest.mark.parametrize("mirror", ["", MIRROR])
def test_a_mirror_from_settings_stays_out_of_the_image_and_the_command_line(mirror: str, tmp_path: Path) -> None:
    given, sources = settings(stack_apt_mirror=mirror), tmp_path / "sources.list"
    sources.write_text("".join(base.source_lines(given)) if mirror else "")
    command = base.command(TAR, sources, given)
    assert command[command.index("trixie") :] == ["trixie", "root.tar", *([str(sources)] if mirror else [])]
    assert any("rm -f" in part and '"$1"/etc/apt/sources.list.d/*' in part for part in command) == bool(mirror)
    assert not any("mirror.example.org" in part for part in command)


def test_the_ca_bundle_is_trusted_but_not_in_the_image(tmp_path: Path) -> None:
    bundle, sources = tmp_path / "company.pem", tmp_path / "sources.list"
    bundle.write_text("-----BEGIN CERTIFICATE-----\n")
    sources.touch()
    command = base.command(TAR, sources, settings(stack_ca_bundle=bundle))
    assert f'--aptopt=Acquire::https::CaInfo "{bundle}"' in command
    assert any("CaInfo/d" in part for part in command if part.startswith("--customize-hook"))


class Registry:
    """An engine without the image, or with it, whose registry refuses."""

    def __init__(self, *, here: bool = False) -> None:
        self.here = here

    def has_image(self, _: str) -> bool:
        return self.here

    def pull(self, _: str, __: int) -> Iterator[dict[str, Any]]:
        raise StackError("the registry sent nothing for 20 seconds")


def test_a_custom_base_image_that_cannot_be_pulled_is_named() -> None:
    with pytest.raises(StackError) as caught:
        base.ensure(cast(Engine, Registry()), settings(stack_base_image="example.org/base:1"))
    assert caught.value.message == (
        "The base image example.org/base:1 (STACK_BASE_IMAGE) cannot be pulled: the registry sent nothing for 20 seconds"
    )
    assert "remove STACK_BASE_IMAGE: debian:trixie-slim can be made from a mirror" in caught.value.hint


def test_a_custom_base_image_that_cannot_be_updated_is_used_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    base.ensure(cast(Engine, Registry(here=True)), settings(stack_base_image="example.org/base:1"), fresh=True)
    assert (
        "example.org/base:1 cannot be pulled (the registry sent nothing for 20 seconds). Using the one on this server."
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("fresh", [False, True])
def test_fresh_updates_an_existing_base_image(fresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(base, "_make", lambda *_: made.append("made"))
    base.ensure(cast(Engine, Registry(here=True)), settings(), fresh=fresh)
    assert made == ["made"] * fresh
