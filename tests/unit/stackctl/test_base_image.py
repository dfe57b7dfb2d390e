"""mmdebstrap's command line, and what `ensure` does where no registry answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from stackctl import base_image, host
from stackctl.engine import Engine
from stackctl.errors import StackError
from stackctl.settings import Settings

MIRROR = "http://mirror.example.org/debian"
TAR = Path("root.tar")


def settings(**given: Any) -> Settings:
    return Settings.model_validate(given)


@pytest.fixture
def host_mirrors(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {False: "http://host.example.org/debian", True: "http://host.example.org/security"}
    monkeypatch.setattr(host, "debian_mirror", lambda *, security=False: found[security])


def test_a_mirror_from_settings_is_used() -> None:
    assert base_image.source_lines(settings(stack_apt_mirror=f"{MIRROR}/")) == [
        f"deb {MIRROR}/ trixie main",
        f"deb {MIRROR}/ trixie-updates main",
        f"deb {MIRROR}-security trixie-security main",
    ]


def test_a_security_mirror_of_its_own() -> None:
    given = settings(stack_apt_mirror=MIRROR, stack_apt_security_mirror="http://s.example.org/s")
    assert base_image.source_lines(given)[2] == "deb http://s.example.org/s trixie-security main"


def test_without_one_the_hosts_own_mirror_is_used(host_mirrors: None) -> None:
    lines = base_image.source_lines(settings())
    assert lines[0] == "deb http://host.example.org/debian trixie main"
    assert lines[2] == "deb http://host.example.org/security trixie-security main"


@pytest.mark.parametrize("mirror", ["", "mirror+file:///etc/apt/mirrors/debian.list"], ids=["ubuntu", "cloud image"])
def test_mmdebstrap_chooses_where_the_host_names_no_address(mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "debian_mirror", lambda **_: mirror)
    assert base_image.source_lines(settings()) == []


@pytest.mark.parametrize("mirror", ["", MIRROR])
def test_a_mirror_from_settings_stays_out_of_the_image_and_the_command_line(mirror: str, tmp_path: Path) -> None:
    given, sources = settings(stack_apt_mirror=mirror), tmp_path / "sources.list"
    sources.write_text("".join(base_image.source_lines(given)) if mirror else "")
    command = base_image.command(TAR, sources, given)
    assert command[command.index("trixie") :] == ["trixie", "root.tar", *([str(sources)] if mirror else [])]
    assert any("rm -f" in part and '"$1"/etc/apt/sources.list.d/*' in part for part in command) == bool(mirror)
    assert not any("mirror.example.org" in part for part in command)


def test_the_ca_bundle_is_trusted_and_left_out_of_the_image(tmp_path: Path) -> None:
    bundle, sources = tmp_path / "company.pem", tmp_path / "sources.list"
    bundle.write_text("-----BEGIN CERTIFICATE-----\n")
    sources.touch()
    command = base_image.command(TAR, sources, settings(stack_ca_bundle=bundle))
    assert f'--aptopt=Acquire::https::CaInfo "{bundle}"' in command
    assert any("CaInfo/d" in part for part in command if part.startswith("--customize-hook"))


class Registry:
    """An engine without the image, or with it, whose registry refuses."""

    def __init__(self, *, here: bool = False) -> None:
        self.here = here

    def has_image(self, _: str) -> bool:
        return self.here

    def pull(self, _: str, __: int) -> Iterator[dict[str, Any]]:
        raise StackError("no word from the registry for 20 seconds")


def test_an_image_of_ones_own_that_cannot_be_pulled_is_named() -> None:
    with pytest.raises(StackError) as caught:
        base_image.ensure(cast(Engine, Registry()), settings(stack_base_image="example.org/base:1"))
    assert caught.value.message == (
        "The base image example.org/base:1 (STACK_BASE_IMAGE) cannot be pulled: no word from the registry for 20 seconds"
    )
    assert "leave STACK_BASE_IMAGE out: debian:trixie-slim can be made from a mirror" in caught.value.hint


def test_an_image_of_ones_own_that_is_here_and_cannot_be_pulled_anew_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    base_image.ensure(cast(Engine, Registry(here=True)), settings(stack_base_image="example.org/base:1"), fresh=True)
    assert "example.org/base:1 cannot be pulled, and stays as it is here" in capsys.readouterr().err


@pytest.mark.parametrize("fresh", [False, True])
def test_one_that_is_here_is_got_anew_when_it_is_to_be_fresh(fresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(base_image, "_make", lambda *_: made.append("made"))
    base_image.ensure(cast(Engine, Registry(here=True)), settings(), fresh=fresh)
    assert made == ["made"] * fresh
