"""SBOMs: right by CycloneDX's own schema, with addresses that others read, and the same for the same image."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from stackctl import image_contents, sbom
from stackctl.commands.images.sbom import write_sbom
from stackctl.errors import CheckFailedError, Exit, StackError
from stackctl.image_contents import Contents, Package
from stackctl.stack import Stack
from tests.unit.stackctl.conftest import Checkout
from tests.unit.stackctl.test_image_contents import SAID

IDENT = f"sha256:{'0' * 63}1"
CONTENTS = image_contents.parse(SAID)


def test_it_is_right_by_the_schema() -> None:
    text = json.dumps(sbom.document("stackhub-hub", IDENT, CONTENTS))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.replace('"library"', '"thing"')) is not None


def test_what_it_says() -> None:
    said = sbom.document("stackhub-hub", IDENT, CONTENTS)
    assert said["metadata"]["component"] == {
        "type": "container",
        "bom-ref": IDENT,
        "name": "stackhub-hub",
        "version": IDENT,
    }
    system, *packages = said["components"]
    assert system == {"type": "operating-system", "name": "debian", "version": "13"}
    assert [item["purl"] for item in packages] == [
        "pkg:conda/ca-certificates@2026.10.1?build=hbd8a1cb_0",
        "pkg:deb/debian/libssl3t64@3.5.4-1~deb13u1?arch=amd64&distro=debian-13",
        "pkg:deb/debian/nginx@1.26.3-3%2Bdeb13u1?arch=amd64&distro=debian-13",
        "pkg:npm/%40colors/colors@1.6.0",
        "pkg:npm/async@3.2.6",
        "pkg:npm/winston@3.19.0",
        "pkg:pypi/jinja2@3.1.6",
    ]
    assert "evidence" not in packages[1]
    assert packages[4]["evidence"] == {"occurrences": [{"location": "/opt/proxy/node_modules/winston/node_modules"}]}


@pytest.mark.parametrize(
    "item",
    [
        *CONTENTS.packages,
        Package("deb", "libstdc++6", "1:14.2.0-19+x", "amd64"),
        Package("pypi", "torch", "2.9+cpu"),
    ],
)
def test_its_addresses_are_written_as_everybody_writes_them(item: Package) -> None:
    address = sbom.purl(item, CONTENTS)
    read = PackageURL.from_string(address)
    assert read.to_string() == address
    assert (f"{read.namespace}/{read.name}".removeprefix("None/").removeprefix("debian/"), read.version) == (
        item.name,
        item.version,
    )


def test_the_same_image_gives_the_same_and_another_one_another() -> None:
    first, again = (json.dumps(sbom.document("stackhub-hub", IDENT, image_contents.parse(SAID))) for _ in range(2))
    assert first == again
    other = sbom.document("stackhub-hub", IDENT.replace("1", "2"), CONTENTS)
    assert other["serialNumber"] != json.loads(first)["serialNumber"]


@pytest.fixture
def here(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Two services, of which one's image is here, and no notebook image."""
    monkeypatch.setattr(Stack, "compose", SimpleNamespace(images=lambda: {"hub": "x-hub", "gate": "x-gate"}))
    monkeypatch.setattr(Stack, "catalogue", SimpleNamespace(images=()))
    ids = {"x-hub": IDENT}
    engine = SimpleNamespace(image_id=lambda name: ids.get(name, ""), has_image=ids.__contains__, once=lambda *_, **__: SAID)
    monkeypatch.setattr(Stack, "engine", engine)
    return checkout


def test_on_standard_output_is_the_document_alone(here: Checkout) -> None:
    ran = here.stackctl("images", "sbom", "hub")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == sbom.document("x-hub", IDENT, CONTENTS)


def test_into_a_file_and_into_a_folder(here: Checkout, tmp_path: Path) -> None:
    one, folder = tmp_path / "hub.json", tmp_path / "new" / "sboms"
    ran = here.stackctl("images", "sbom", "hub", "--output", str(one))
    assert (ran.code, ran.out) == (0, "")
    assert "Written" in ran.err
    ran = here.stackctl("images", "sbom", "--output", str(folder))
    assert ran.code == 0, ran.err
    assert "Not on this server, and left out: gate." in ran.err
    assert [path.name for path in folder.iterdir()] == ["hub.cdx.json"]
    assert (folder / "hub.cdx.json").read_text() == one.read_text()


@pytest.mark.parametrize(
    ("name", "output", "kind", "said"),
    [
        (None, None, StackError, "Of which image?"),
        ("nobody", None, StackError, "There is no image 'nobody'."),
        ("gate", None, StackError, "The image x-gate is not on this server."),
        ("hub", "nowhere/hub.json", CheckFailedError, "There is no folder"),
        (None, "file", CheckFailedError, "file is no folder, and each image gets a file."),
    ],
)
def test_what_cannot_be(
    here: Checkout, monkeypatch: pytest.MonkeyPatch, name: str | None, output: str | None, kind: type[StackError], said: str
) -> None:
    monkeypatch.chdir(here.root)
    (here.root / "file").write_text("x")
    with pytest.raises(kind, match=said.replace("?", r"\?")) as caught:
        write_sbom(name, Path(output) if output else None)
    assert caught.value.hint
    assert (caught.value.code == Exit.USAGE) == (said == "Of which image?")


def test_contents_without_a_system() -> None:
    assert sbom.document("x", IDENT, Contents())["components"] == []
