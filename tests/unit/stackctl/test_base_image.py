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


def sources(command: list[str]) -> list[str]:
    return [part for part in command if part.startswith("deb ")]


def test_a_mirror_from_settings_is_used_and_left_out_of_the_image() -> None:
    command = base_image.command(TAR, settings(stack_apt_mirror=f"{MIRROR}/"))
    assert sources(command) == [
        f"deb {MIRROR}/ trixie main",
        f"deb {MIRROR}/ trixie-updates main",
        f"deb {MIRROR}-security trixie-security main",
    ]
    assert command[command.index("trixie") :][:2] == ["trixie", "root.tar"]
    assert any("rm -f" in part and '"$1"/etc/apt/sources.list.d/*' in part for part in command)
    assert not any(MIRROR in part for part in command if part not in sources(command))


def test_a_security_mirror_of_its_own() -> None:
    command = base_image.command(TAR, settings(stack_apt_mirror=MIRROR, stack_apt_security_mirror="http://s.example.org/s"))
    assert sources(command)[2] == "deb http://s.example.org/s trixie-security main"


def test_without_one_the_hosts_own_mirror_is_used_and_stays(host_mirrors: None) -> None:
    command = base_image.command(TAR, settings())
    assert sources(command)[0] == "deb http://host.example.org/debian trixie main"
    assert sources(command)[2] == "deb http://host.example.org/security trixie-security main"
    assert not any("rm -f" in part for part in command)


def test_on_ubuntu_mmdebstrap_chooses_debians_mirror_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "debian_mirror", lambda **_: "")
    assert sources(base_image.command(TAR, settings())) == []


def test_the_ca_bundle_is_trusted_and_left_out_of_the_image(host_mirrors: None, tmp_path: Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\n")
    command = base_image.command(TAR, settings(stack_ca_bundle=bundle))
    assert f'--aptopt=Acquire::https::CaInfo "{bundle}"' in command
    assert any("CaInfo/d" in part for part in command if part.startswith("--customize-hook"))


class Registry:
    """An engine without the image, whose registry refuses."""

    def has_image(self, _: str) -> bool:
        return False

    def pull(self, _: str, __: int) -> Iterator[dict[str, Any]]:
        raise StackError("no word from the registry for 20 seconds")


def test_an_image_of_ones_own_that_cannot_be_pulled_is_named() -> None:
    with pytest.raises(StackError) as caught:
        base_image.ensure(cast(Engine, Registry()), settings(stack_base_image="example.org/base:1"))
    assert caught.value.message == (
        "The base image example.org/base:1 (STACK_BASE_IMAGE) cannot be pulled: no word from the registry for 20 seconds"
    )
    assert "leave STACK_BASE_IMAGE out: debian:trixie-slim can be made from a mirror" in caught.value.hint
