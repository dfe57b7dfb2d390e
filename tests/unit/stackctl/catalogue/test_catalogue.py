"""The catalogue's files are read, and every mistake in them is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl import catalogue
from stackctl.catalogue import Catalogue
from stackctl.errors import CheckFailedError, Exit, StackError
from tests.support.checkout import ROOT

SIZES = """\
small: {title: {en: Small, zh-CN: 小}, cpu: 2, memory: 2G, default: true}
large: {cpu: 0.5, memory: 1.5G, count: 4, gpus: 1, groups: [data/lab]}
"""
IMAGES = """\
services:
  base:
    profiles: [singleuser]
    image: ${STACK_NAME:-stackhub}-singleuser-base
    build: {context: base}
    x-notebook: {title: Base, default: true}
  more:
    profiles: [singleuser]
    image: ${STACK_NAME:-stackhub}-singleuser-more
    build: more
    depends_on: [base]
    x-notebook: {title: {en: More, zh-CN: 更多}, description: Bigger, groups: [a]}
  others:
    profiles: [singleuser]
    image: quay.io/jupyter/scipy-notebook:2026-11-02
    x-notebook: {title: Others, offered: false}
"""


class Checkout:
    """A folder with a catalogue, whose images have Dockerfiles."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("base", "more"):
            (root / "singleuser" / name).mkdir(parents=True)
            (root / "singleuser" / name / "Dockerfile").touch()
        self.write(IMAGES, SIZES)

    def write(self, images: str | bytes, sizes: str | bytes) -> None:
        for path, content in ((catalogue.IMAGES, images), (catalogue.SIZES, sizes)):
            (self.root / path).write_bytes(content if isinstance(content, bytes) else content.encode())

    def load(self) -> Catalogue:
        return catalogue.load(self.root, "team")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_projects_own_catalogue_is_valid() -> None:
    shipped = catalogue.load(ROOT, "stackhub")
    assert shipped.offered[0].name == "base"
    assert [image.name for image in shipped.images if set(image.title) | set(image.description) == {"en"}] == []
    assert [size.name for size in shipped.sizes if set(size.title) != {"en", "zh-CN"}] == []


def test_images(checkout: Checkout) -> None:
    base, more, others = checkout.load().images
    assert (base.name, base.reference, base.default, base.groups) == ("base", "team-singleuser-base", True, ())
    assert (base.title, base.description, base.parents, base.offered) == ({"en": "Base"}, {}, (), True)
    assert base.folder == checkout.root / "singleuser" / "base"
    assert (more.title, more.description) == ({"en": "More", "zh-CN": "更多"}, {"en": "Bigger"})
    assert (more.folder, more.parents, more.groups) == (checkout.root / "singleuser" / "more", ("base",), ("a",))
    assert (others.reference, others.folder) == ("quay.io/jupyter/scipy-notebook:2026-11-02", None)


def test_sizes(checkout: Checkout) -> None:
    small, large = checkout.load().sizes
    assert (small.title, small.cpu, small.memory, small.count, small.gpus) == (
        {"en": "Small", "zh-CN": "小"},
        2,
        2**31,
        None,
        0,
    )
    assert (large.title, large.cpu, large.memory, large.count) == ({"en": "large"}, 0.5, 3 * 2**29, 4)
    assert (large.gpus, large.groups) == (1, ("data/lab",))


def test_images_by_name(checkout: Checkout) -> None:
    found = checkout.load()
    assert [image.name for image in found.chosen([])] == ["base", "more"]
    assert [image.name for image in found.chosen([], every=True)] == ["base", "more", "others"]
    assert [image.name for image in found.chosen(["others", "base", "others"])] == ["others", "base"]
    with pytest.raises(StackError, match="There is no image 'nope'") as caught:
        found.chosen(["nope"])
    assert caught.value.hint == "There are: base, more, others"


def test_parents_are_built_first(checkout: Checkout) -> None:
    chain = (
        IMAGES.replace("base:\n", "base:\n    depends_on: []\n", 1)
        + """\
  most:
    image: most
    build: more
    depends_on: [base, more]
"""
    )
    checkout.write(chain, SIZES)
    found = checkout.load()
    assert [[image.name for image in level] for level in found.levels([found.image("most")])] == [
        ["base"],
        ["more"],
        ["most"],
    ]
    assert found.levels([]) == []


MISTAKES = [
    ("build: {context: base}", "build: {context: bass}", "bass, but no Dockerfile is there"),
    ("title: {en: More", "default: true, title: {en: More", "line 7: more has default: true, but base has it already"),
    ("groups: [a]", "groups: a", "line 12: groups of more: must be a list of groups"),
    ("groups: [a]", "group: [a]", "line 12: group of more: is not known here; known are title, default, groups"),
    (
        "quay.io/jupyter/scipy",
        "quay.io/Jupyter Scipy",
        "line 15: image of others: 'quay.io/Jupyter Scipy-notebook:2026-11-02' is not an",
    ),
    ("quay.io/jupyter", "${REGISTRY}/jupyter", "line 15: image of others: ${STACK_NAME} is the only variable that works"),
    ("singleuser-more", "singleuser-base", "line 9: more has the same image as base: team-singleuser-base"),
    ("  more:", "  base:", "line 7: base is already in line 2"),
    ("  more:", "  More!:", "name of More!: must be up to 31 lower-case letters, digits, - and _"),
    ("depends_on: [base]", "depends_on: [best]", "line 11: more depends on best, which does not exist"),
    ("build: {context: base}", "build: {context: base}\n    depends_on: [more]", "depend on each other in a circle"),
    (
        "x-notebook: {title: Base, default: true}",
        "x-notebook: {title: {fr: Base}}",
        "must be text, or a text for each of en, zh-CN",
    ),
    ("x-notebook: {title: Base, default: true}", "x-notebook: Base", "x-notebook of base must have entries, such as title"),
    ("build: more", "build: [more", "expected ',' or ']'"),
    ("  others:\n", "  others: 1\n  others2:\n", "line 13: others has no entries below it"),
    ("  others:", "  hub:", "hub is the name of a service of the stack"),
    (
        "x-notebook: {title: {en: More",
        "x-notbook: {title: {en: More",
        "line 12: x-notbook of more is not known. Did you mean x-notebook?",
    ),
    ("build: more", "build: more\n    groups: [a]", "line 11: groups of more belongs below x-notebook"),
    ("groups: [a]", "groups: []", "line 12: groups of more: must name groups"),
    ("groups: [a]", "groups: [a], groups: [b]", "line 12: groups is already in line 12"),
    ("title: Base", "title: 2024", "line 6: title of base: must be text"),
    ("title: Base", "title: 2026-02-30", "cannot be read: day is out of range for month"),
    ("build: more", "build: 5", "more is built in 5, but no Dockerfile is there"),
    ("depends_on: [base]", "depends_on: base", "line 11: depends_on of more: must be a list of images, such as [base]"),
    (IMAGES, "services: {}\n", "there is nothing to choose"),
    (IMAGES, "[]\n", "has no entries"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES, ids=[item[2][:30] for item in MISTAKES])
def test_a_mistake_in_the_images_is_named_with_its_line(checkout: Checkout, right: str, wrong: str, message: str) -> None:
    assert right in IMAGES
    checkout.write(IMAGES.replace(right, wrong, 1), SIZES)
    with pytest.raises(CheckFailedError) as caught:
        checkout.load()
    assert message in caught.value.message
    assert catalogue.IMAGES in caught.value.message
    assert caught.value.code == Exit.CHECK_FAILED


SIZE_MISTAKES = [
    ("memory: 2G", "memory: 2", "line 1: memory of small: must be a number followed by K, M, G or T"),
    ("memory: 2G", "memory: 128M", "must be 256M or more"),
    ("cpu: 0.5", "cpu: 0", "line 2: cpu of large: must be 0.01 or more"),
    ("memory: 2G", f"memory: {'9' * 400}G", "memory of small: must be a number"),
    ("cpu: 2, ", "", "line 1: cpu of small: is missing"),
    ("cpu: 0.5", "cpu: half", "line 2: cpu of large: must be a number."),
    ("count: 4", "count: 1.5", "count of large: must be a whole number."),
    ("count: 4", "default: perhaps", "default of large: must be true or false."),
    ("count: 4", "title: {en: 5}", "title of large: must be text."),
    ("count: 4", "count: 0", "count of large: must be 1 or more"),
    (
        "count: 4",
        "counts: 4",
        "counts of large: is not known here; known are title, default, groups, cpu, memory, count, gpus",
    ),
    ("count: 4", "default: true", "line 2: large has default: true, but small has it already"),
    ("large:", "small:", "line 2: small is already in line 1"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), SIZE_MISTAKES, ids=[item[2][:30] for item in SIZE_MISTAKES])
def test_a_mistake_in_the_sizes_is_named_with_its_line(checkout: Checkout, right: str, wrong: str, message: str) -> None:
    assert right in SIZES
    checkout.write(IMAGES, SIZES.replace(right, wrong, 1))
    with pytest.raises(CheckFailedError) as caught:
        checkout.load()
    assert message in caught.value.message
    assert catalogue.SIZES in caught.value.message


def test_all_mistakes_are_named_at_once(checkout: Checkout) -> None:
    checkout.write(IMAGES.replace("build: more", "build: less"), SIZES.replace("2G", "2").replace("cpu: 0.5", "cpu: -1"))
    with pytest.raises(CheckFailedError) as caught:
        checkout.load()
    assert len(caught.value.message.splitlines()) == 3


def test_at_least_one_image_must_be_offered(checkout: Checkout) -> None:
    hidden = IMAGES.replace(", offered: false}", "}").replace("x-notebook: {", "x-notebook: {offered: false, ")
    checkout.write(hidden, SIZES)
    with pytest.raises(CheckFailedError, match="no image is offered"):
        checkout.load()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: \x00b\n"])
def test_a_file_that_is_not_text(checkout: Checkout, content: bytes) -> None:
    checkout.write(content, SIZES)
    with pytest.raises(CheckFailedError, match=r"singleuser/compose.yaml (cannot be read|is not YAML)"):
        checkout.load()


def test_a_missing_file(checkout: Checkout) -> None:
    (checkout.root / catalogue.SIZES).unlink()
    with pytest.raises(CheckFailedError, match=r"singleuser/sizes\.yaml does not exist"):
        checkout.load()


def test_anchors_and_merges_are_read_as_compose_does(checkout: Checkout) -> None:
    shared = "x-build: &build {context: base}\n" + IMAGES.replace("build: {context: base}", "build: {<<: *build}")
    checkout.write(shared, SIZES)
    assert checkout.load().image("base").folder == checkout.root / "singleuser" / "base"


LOCAL = """\
services:
  base:
    x-notebook: {title: Ours, groups: [b]}
  more:
    x-notebook:
      offered: false
  lab:
    extends: {file: compose.yaml, service: base}
    image: ${STACK_NAME:-stackhub}-singleuser-lab
    build: {context: more}
    depends_on: [base]
    x-notebook: {title: Lab}
"""


def local(checkout: Checkout, images: str) -> Catalogue:
    (checkout.root / catalogue.LOCAL_IMAGES).write_text(images)
    return checkout.load()


def test_the_operators_images_are_merged_over_the_projects(checkout: Checkout) -> None:
    base, more, others, lab = local(checkout, LOCAL).images
    assert (base.title, base.groups, base.default, base.reference) == ({"en": "Ours"}, ("b",), True, "team-singleuser-base")
    assert (more.offered, more.title, more.folder) == (
        False,
        {"en": "More", "zh-CN": "更多"},
        checkout.root / "singleuser/more",
    )
    assert not others.offered
    assert (lab.reference, lab.folder, lab.parents) == ("team-singleuser-lab", checkout.root / "singleuser/more", ("base",))


def test_the_operators_default_replaces_the_projects(checkout: Checkout) -> None:
    found = local(checkout, LOCAL.replace("{title: Lab}", "{title: Lab, default: true}"))
    assert [image.name for image in found.images if image.default] == ["lab"]


def test_an_empty_file_of_the_operators_changes_nothing(checkout: Checkout) -> None:
    shipped = checkout.load()
    for text in ("services: {}\n", "services:\n", "services:\n  base:\n"):
        assert local(checkout, text) == shipped


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("groups: [b]", "groups: b", "singleuser/compose.local.yaml line 3: groups of base: must be a list of groups"),
        ("offered: false", "offerd: false", "singleuser/compose.local.yaml line 6: offerd of more: is not known here"),
        ("offered: false", "description: 5", "singleuser/compose.local.yaml line 6: description of more: must be text"),
        ("context: more", "context: less", "singleuser/compose.local.yaml line 10: lab is built in less, but no Dockerfile"),
        ("-lab", "-base", "singleuser/compose.local.yaml line 9: lab has the same image as base"),
        ("  lab:", "  base:", "singleuser/compose.local.yaml line 7: base is already in line 2"),
        (LOCAL, "# nothing\n", "singleuser/compose.local.yaml has no entries"),
    ],
)
def test_a_mistake_in_the_operators_images_is_named_there(checkout: Checkout, right: str, wrong: str, message: str) -> None:
    with pytest.raises(CheckFailedError) as caught:
        local(checkout, LOCAL.replace(right, wrong, 1))
    assert message in caught.value.message


def test_the_operators_sizes_are_used_in_place_of_the_projects(checkout: Checkout) -> None:
    (checkout.root / catalogue.LOCAL_SIZES).write_text("tiny: {cpu: 1, memory: 1G}\n")
    assert [size.name for size in checkout.load().sizes] == ["tiny"]
    (checkout.root / catalogue.LOCAL_SIZES).write_text("tiny:\n  cpu: 1\n")
    with pytest.raises(CheckFailedError, match=r"singleuser/sizes\.local\.yaml line 1: memory of tiny: is missing"):
        checkout.load()
