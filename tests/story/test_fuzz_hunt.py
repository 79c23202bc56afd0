"""Damaged input of every kind through the real command line: words, and never a wrong write.

Whatever comes in, a run ends with a documented exit code and a sentence; plan, validate, show and
why write nothing at all, and apply writes nothing of an input or a reading that it could not read.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from syncer.core.plan_document import _checksum, jsonable, plan_digest, read_document
from syncer.model.exits import Exit
from syncer.sandbox import Answer, Sandbox
from tests.story.harness import Ended, House, furnish
from tests.story.test_laws import writes

SLOWEST = 20.0
"""Seconds that no run of three people may take: a hang is a failure."""

FUZZ = settings(
    max_examples=700,
    deadline=None,
    derandomize=False,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

GROUPS_CONFIG = """\
directory:
  groups:
    - {format: yaml, path: groups.yaml}
    - {format: ldif, path: groups.ldif, select: "(objectClass=group)"}
    - {format: csv, path: groups.csv}
"""

YAML_GROUPS = """\
- name: eng
  members: [ada@example.com, grace@example.com]
- {name: ops, members: [zoe@example.com]}
"""

LDIF_GROUPS = """\
dn: cn=staff,dc=example,dc=com
objectClass: group
cn: staff
member: cn=ada,dc=example,dc=com
description:: w6RiYw==

"""

PIECES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b'"', b"'", b"{", b"[" * 40, b"&a *a",
    b"!!python/object:os.system", b"${X}", b"{{ 1/0 }}", b"%s%n", b"=1+1", b"\xe2\x80\xae",
    b"9" * 400, b"A" * 5000, b"\t", b":", b"- ", b"\\", b"\xc3\x28", b"null", b"-1e999", b"<x>",
)  # fmt: skip


@dataclass(frozen=True)
class Wound:
    """One injury of a file, at a share of its length."""

    kind: str
    share: float
    size: int
    piece: bytes
    order: int

    def inflict(self, content: bytes) -> bytes:
        place = int(self.share * len(content))
        end = place + self.size
        match self.kind:
            case "flip" if place < len(content):
                flipped = content[place] ^ (1 << self.size % 8)
                return content[:place] + bytes([flipped]) + content[place + 1 :]
            case "cut":
                return content[:place]
            case "drop":
                return content[:place] + content[end:]
            case "insert":
                return content[:place] + self.piece + content[place:]
            case "repeat":
                return content[:end] + content[place:end] * 3 + content[end:]
        lines = content.splitlines(keepends=True)
        Random(self.order).shuffle(lines)
        return b"".join(lines)


WOUNDS = st.lists(
    st.builds(
        Wound,
        kind=st.sampled_from(("flip", "cut", "drop", "insert", "repeat", "shuffle")),
        share=st.floats(0, 1),
        size=st.integers(1, 60),
        piece=st.sampled_from(PIECES),
        order=st.integers(0, 99),
    ),
    min_size=1,
    max_size=4,
)


def wounded(content: bytes, wounds: list[Wound]) -> bytes:
    for wound in wounds:
        content = wound.inflict(content)
    return content


def sound(ended: Ended) -> None:
    """A documented end, told in words."""
    assert ended.code in set(Exit), ended
    said = ended.out + ended.err
    assert "Traceback" not in said
    assert "internal error" not in said, said
    assert ended.code == 0 or said


def run_all(house: House, *commands: tuple[str, ...]) -> None:
    """None of these commands may write."""
    before = (house.folder / "tenant.json").read_bytes()
    with writes() as asked:
        for command in commands:
            started = time.monotonic()
            sound(house.syncer(*command))
            assert time.monotonic() - started < SLOWEST
    assert asked == []
    assert (house.folder / "tenant.json").read_bytes() == before


READING = (("validate",), ("plan",), ("plan", "--format", "json"), ("why", "zoe@example.com"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house after its first run, with groups of every format, a saved plan and a journal."""
    house = furnish(tmp_path_factory.mktemp("model"))
    house.write("groups.yaml", YAML_GROUPS)
    house.write("groups.ldif", LDIF_GROUPS)
    house.write("groups.csv", "group,member\nstaff,ada@example.com\n")
    house.edit("syncer.yaml", "directory:\n", GROUPS_CONFIG)
    assert house.apply("--allow", "create=9").code == 0
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    assert house.plan("--out", str(house.folder / "saved.json")).code == 0
    return house


def copied(model: House, folder: str) -> House:
    target = Path(folder) / "house"
    shutil.copytree(model.folder, target)
    return House(target)


@pytest.mark.parametrize(
    "name", ["people.csv", "groups.csv", "groups.yaml", "groups.ldif", "syncer.yaml"]
)
def test_damaged_files_of_the_directory_and_the_config(model: House, name: str) -> None:
    original = (model.folder / name).read_bytes()

    @given(wounds=WOUNDS)
    @FUZZ
    def damaged(wounds: list[Wound]) -> None:
        content = wounded(original, wounds)
        with tempfile.TemporaryDirectory() as folder:
            house = copied(model, folder)
            house.write(name, content)
            run_all(house, *READING)

    damaged()


@pytest.mark.parametrize("name", ["syncer-ledger.sqlite", "journal"])
def test_damaged_files_of_ours(model: House, name: str) -> None:
    found = [model.folder / name, *(model.folder / name).glob("*.jsonl")][-1]
    place = found.relative_to(model.folder)

    original = found.read_bytes()

    @given(wounds=WOUNDS)
    @FUZZ
    def damaged(wounds: list[Wound]) -> None:
        content = wounded(original, wounds)
        with tempfile.TemporaryDirectory() as folder:
            house = copied(model, folder)
            house.write(str(place), content)
            journal = str(house.folder / place)
            shown = (("show", journal), ("show", "--verify", journal), ("plan", "--undo", "20"))
            run_all(house, ("plan",), *(shown if place.suffix == ".jsonl" else ()))
            sound(house.apply())

    damaged()


def test_a_damaged_plan_is_never_applied(model: House) -> None:
    original = (model.folder / "saved.json").read_bytes()

    @given(wounds=WOUNDS)
    @FUZZ
    def damaged(wounds: list[Wound]) -> None:
        content = wounded(original, wounds)
        with tempfile.TemporaryDirectory() as folder:
            house = copied(model, folder)
            saved = str(house.write("saved.json", content))
            before = house.tenant()
            run_all(house, ("show", saved), ("show", saved, "--format", "json"))
            ended = house.apply(saved)
            sound(ended)
            if json_of(content) != json_of(original):
                assert ended.code in {5, 64}, ended
                assert house.tenant() == before

    damaged()


def json_of(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content


TEXTS = ("", " ", "\x00", "\u202e", "x" * 300, "ada@example.com", "9999", "../..", "-1")


@st.composite
def forged(draw: st.DrawFn, original: str) -> str:
    """A plan with strange content and right checksums: whoever makes those means harm."""
    raw = json.loads(original)
    actions = raw["plan"]["actions"]
    action = draw(st.sampled_from(actions))
    key = draw(st.sampled_from([key for key, value in action.items() if isinstance(value, str)]))
    action[key] = draw(st.sampled_from(TEXTS))
    if draw(st.booleans()):
        actions.append({**draw(st.sampled_from(actions)), "ref": draw(st.sampled_from(TEXTS))})
    if draw(st.booleans()):
        raw["plan"]["touched"] = []
    raw["checksum"] = _checksum(raw)
    try:
        document = read_document(json.dumps(raw), even_altered=True)
    except ValueError:
        return json.dumps(raw)
    raw["digest"] = plan_digest(document.plan)
    raw["checksum"] = _checksum({**jsonable(document), "digest": raw["digest"]})
    return json.dumps(raw)


def test_a_forged_plan_ends_with_words(model: House) -> None:
    original = (model.folder / "saved.json").read_text(encoding="utf-8")

    @given(text=forged(original))
    @FUZZ
    def damaged(text: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            house = copied(model, folder)
            saved = str(house.write("saved.json", text))
            run_all(house, ("show", saved))
            sound(house.apply(saved))
            assert len(house.tenant()["users"]) == 3

    damaged()


SHAPES: tuple[Any, ...] = (
    None, True, 0, "", [], {}, [[]], {"Resources": {}}, {"Resources": [None], "totalResults": 1},
    {"Resources": [], "totalResults": -1}, {"Resources": [{}], "totalResults": "1"},
    {"totalResults": 10**12, "Resources": []}, {"id": [], "userName": {}, "active": 7},
    {"Resources": [{"id": "1", "userName": "x", "active": "perhaps"}], "totalResults": 1},
    {"Resources": [{"id": {"a": 1}, "displayName": 5}], "totalResults": 1},
)  # fmt: skip


@dataclass(frozen=True)
class Spoil:
    """How one answer comes out."""

    kind: str
    status: int
    shape: int
    noise: bytes
    header: Mapping[str, str]

    def __call__(self, answer: Answer) -> Answer:
        match self.kind:
            case "status":
                return Answer(self.status, answer.headers, answer.body)
            case "shape":
                return Answer(answer.status, {}, json.dumps(SHAPES[self.shape]).encode())
            case "bytes":
                return Answer(answer.status, {}, answer.body[:20] + self.noise)
            case "headers":
                return Answer(answer.status, self.header, answer.body)
        return Answer(answer.status, {}, answer.body[: len(answer.body) // 2])


STATUSES = (100, 201, 204, 206, 301, 400, 404, 409, 418, 451, 500, 599)
HEADERS = (
    {"Retry-After": "soon"},
    {"Retry-After": "-5"},
    {"Content-Type": "x y"},
    {"Content-Encoding": "gzip"},
    {"Location": "//"},
    {"ETag": ""},
)
SPOILT = st.dictionaries(
    st.integers(1, 12),
    st.builds(
        Spoil,
        kind=st.sampled_from(("status", "shape", "bytes", "headers", "cut")),
        status=st.sampled_from(STATUSES),
        shape=st.integers(0, len(SHAPES) - 1),
        noise=st.binary(max_size=40),
        header=st.sampled_from(HEADERS),
    ),
    min_size=1,
    max_size=4,
)
"""Which answers of a run come out how."""


def answering(spoilt: Mapping[int, Spoil], method: str = "") -> Any:
    """The sandbox, with these answers spoilt; those to `method` alone are counted where given."""
    answer, count = Sandbox.respond, 0

    def respond(self: Sandbox, verb: str, *rest: Any) -> Answer:
        nonlocal count
        answered = answer(self, verb, *rest)
        if method and (verb == "GET") != (method == "GET"):
            return answered
        count += 1
        return spoilt[count](answered) if count in spoilt else answered

    return mock.patch.object(Sandbox, "respond", respond)


@pytest.mark.usefixtures("no_waiting")
def test_spoilt_answers_end_with_words(model: House) -> None:
    @given(spoilt=SPOILT)
    @FUZZ
    def spoil(spoilt: Mapping[int, Spoil]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            house = copied(model, folder)
            with answering(spoilt):
                run_all(house, ("plan",))
            with answering(spoilt):
                sound(house.apply())
            tenant = house.tenant()
            assert len(tenant["users"]) == 3
            assert not [one for one in tenant["users"] if one.get("status") == "deactivated"]
            assert house.apply().code == 0
            assert house.plan("--detailed-exitcode").code == 0

    spoil()


@pytest.mark.usefixtures("no_waiting")
def test_spoilt_answers_to_writes_end_with_words_and_the_next_run_puts_it_right(
    tmp_path: Path,
) -> None:
    @given(spoilt=SPOILT)
    @FUZZ
    def spoil(spoilt: Mapping[int, Spoil]) -> None:
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            house = furnish(Path(folder))
            with answering(spoilt, "POST"):
                sound(house.apply("--allow", "create=9"))
            assert house.apply("--allow", "create=9", "--allow", "rename=9").code == 0
            assert house.plan("--detailed-exitcode").code == 0
            assert len(house.tenant()["users"]) == 3
            assert len(house.tenant()["groups"]) == 1

    spoil()
