"""Finding, opening and decoding files, whatever their format."""

import codecs
import os
from pathlib import Path

import pytest

from syncer.model.origin import Origin, Size
from syncer.sources import files
from syncer.sources.encodings import detect
from tests.sources.shown import CONFIG, read

TEXT = "mail,name\nada@example.com,Zoë\n"


def people(base: Path, path: str, **options: object) -> tuple[list[str], list[str]]:
    """The names that were read, and the problems."""
    reading = read(base, [{"format": "csv", "path": path, **options}]).people[0]
    return [str(one.attributes.get("name", "")) for one in reading.records], [
        str(one) for one in reading.problems
    ]


@pytest.mark.parametrize(
    ("content", "options"),
    [
        pytest.param(TEXT.encode(), {}, id="utf-8"),
        pytest.param(TEXT.encode("utf-8-sig"), {}, id="utf-8-with-mark"),
        pytest.param(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), {}, id="utf-16-le-with-mark"),
        pytest.param(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), {}, id="utf-16-be-with-mark"),
        pytest.param(TEXT.encode("utf-16-le"), {}, id="utf-16-le-without-mark"),
        pytest.param(TEXT.encode("utf-16-be"), {}, id="utf-16-be-without-mark"),
        pytest.param(TEXT.encode("utf-32"), {}, id="utf-32"),
        pytest.param(TEXT.encode("cp1252"), {"encoding": "cp1252"}, id="named-code-page"),
        pytest.param(TEXT.encode("cp850"), {"encoding": "IBM850"}, id="named-by-an-alias"),
        pytest.param(TEXT.encode("cp500"), {"encoding": "cp500"}, id="named-host-code-page"),
        pytest.param(
            TEXT.encode("utf-8-sig"), {"encoding": "cp1252"}, id="a-mark-wins-over-a-name"
        ),
        pytest.param(TEXT.encode("utf-16"), {"encoding": "utf-16"}, id="utf-16-by-name"),
        pytest.param(TEXT.replace("\n", "\r\n").encode(), {}, id="crlf"),
        pytest.param(TEXT.replace("\n", "\r").encode(), {}, id="cr"),
        pytest.param(TEXT.strip().encode(), {}, id="no-last-newline"),
    ],
)
def test_an_encoding_is_found(tmp_path: Path, content: bytes, options: dict[str, str]) -> None:
    (tmp_path / "people.csv").write_bytes(content)
    assert people(tmp_path, "people.csv", **options) == (["Zoë"], [])


HINT = "save the file as UTF-8, or name its code page, for example `encoding: cp1252`"


@pytest.mark.parametrize(
    ("content", "options", "problem"),
    [
        pytest.param(
            TEXT.encode("cp1252"),
            {},
            f"people.csv:2: not valid UTF-8: byte 0xEB at column 19\n  hint: {HINT}",
            id="a-code-page-that-nobody-named",
        ),
        pytest.param(
            b"mail,name\n" + b"x@example.com,x\n" * 20_000 + b"zo\xeb@example.com,x\n",
            {},
            f"people.csv:20002: not valid UTF-8: byte 0xEB at column 3\n  hint: {HINT}",
            id="far-down-a-big-file",
        ),
        pytest.param(
            b"mail,name\nada@example.com,\x81\n",
            {"encoding": "cp1252"},
            "people.csv:2: not valid cp1252: byte 0x81 at column 17\n  hint: the config says "
            "`encoding: cp1252`; try `encoding: auto` or another code page",
            id="the-wrong-code-page",
        ),
        pytest.param(
            TEXT.encode("utf-16")[:-1],
            {},
            "people.csv:2: not valid UTF-16: the file ends in the middle of a character; was it "
            "cut short?\n  hint: the file says so itself by its first bytes; export it anew",
            id="utf-16-cut-within-a-character",
        ),
        pytest.param(
            TEXT.encode("utf-16") + b"\x00\xdc\x00\x00",
            {},
            "people.csv:3: not valid UTF-16: this line holds a broken character\n"
            "  hint: the file says so itself by its first bytes; export it anew",
            id="utf-16-with-half-a-pair",
        ),
        pytest.param(
            b"mail,name\nada@example.com,A\0da\n",
            {},
            "people.csv:2: a zero byte: this is no text, or its encoding is not the one expected\n"
            "  hint: name the encoding of the file, for example `encoding: utf-16-le`",
            id="a-zero-byte",
        ),
        pytest.param(
            b"",
            {},
            "people.csv: the file is empty\n  hint: was the export interrupted?",
            id="an-empty-file",
        ),
        pytest.param(
            codecs.BOM_UTF8,
            {},
            "people.csv: the file has no header line\n  hint: was the export interrupted?",
            id="nothing-but-a-mark",
        ),
        pytest.param(
            TEXT.encode(),
            {"encoding": "base64"},
            f"{CONFIG}:7: there is no encoding 'base64'\n  hint: for example auto, utf-8, utf-16, "
            "cp1252, cp1250, cp850, latin-1, mac-roman",
            id="a-codec-that-makes-no-text",
        ),
        pytest.param(
            TEXT.encode(),
            {"encoding": "unicode_escape"},
            f"{CONFIG}:7: there is no encoding 'unicode_escape'\n  hint: for example auto, utf-8, "
            "utf-16, cp1252, cp1250, cp850, latin-1, mac-roman",
            id="a-codec-for-programs",
        ),
    ],
)
def test_what_cannot_be_decoded_is_shown_with_its_place(
    tmp_path: Path, content: bytes, options: dict[str, str], problem: str
) -> None:
    (tmp_path / "people.csv").write_bytes(content)
    assert people(tmp_path, "people.csv", **options)[1] == [problem]


@pytest.mark.parametrize(
    ("fault", "apart", "what"),
    [
        pytest.param(b"a\0b", 0, "a zero byte", id="zero-byte"),
        # Text is decoded by the block.
        pytest.param(b"zo\xeb", 1000, "not valid UTF-8", id="undecodable"),
    ],
)
@pytest.mark.parametrize("rows", [50, 1021, 1022, 1023, 5000])
def test_what_stands_before_a_fault_is_told_all_the_same(
    tmp_path: Path, rows: int, fault: bytes, apart: int, what: str
) -> None:
    row = b"p@example.com,x\n"
    text = b"mail,name\n" + rows * row + b'q@example.com,"x"y\n' + apart * row + fault + b",x\n"
    (tmp_path / "people.csv").write_bytes(text)
    problems = people(tmp_path, "people.csv")[1]
    assert len(problems) == 2
    assert problems[0].startswith(f"people.csv:{rows + 2}: the quotes of this row do not pair up")
    assert problems[1].startswith(f"people.csv:{rows + 3 + apart}: {what}")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        pytest.param("none.csv", "there is no file 'none.csv'", id="a-missing-file"),
        pytest.param("folder", "'folder' is a directory, not a file", id="a-directory"),
        pytest.param("*.txt", "no file matches '*.txt'", id="a-glob-without-a-match"),
        pytest.param("fold*", "no file matches 'fold*'", id="a-glob-of-directories"),
        pytest.param("a\0b", "'a\0b' cannot be read: a zero byte in it", id="no-path-at-all"),
        pytest.param(
            "x" * 300, f"'{'x' * 300}' cannot be read: File name too long", id="too-long"
        ),
    ],
)
def test_what_cannot_be_opened_is_a_problem_of_the_config(
    tmp_path: Path, path: str, problem: str
) -> None:
    (tmp_path / "folder").mkdir()
    assert people(tmp_path, path)[1][0].splitlines()[0] == f"{CONFIG}:7: {problem}"


def test_a_file_without_permission_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "people.csv").write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr("io.FileIO", refuse)
    (problem,) = people(tmp_path, "people.csv")[1]
    assert problem == (
        f"{CONFIG}:7: 'people.csv' may not be read: permission denied\n"
        "  hint: give the user that runs syncer the right to read it"
    )


def test_a_failing_disk_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error")

    (tmp_path / "people.csv").write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(files._Digesting, "readinto", fail)
    assert people(tmp_path, "people.csv")[1] == [
        f"{CONFIG}:7: 'people.csv' cannot be read: Input/output error"
    ]


def test_a_file_that_vanishes_is_shown_without_a_line(tmp_path: Path) -> None:
    file = files.SourceFile(tmp_path / "gone.csv", "gone.csv", Origin(CONFIG))
    problem = files._undecodable(file, detect(b"mail", "auto"))
    assert str(problem).splitlines()[0] == "gone.csv: not valid UTF-8"


def test_a_glob_is_read_in_order_of_its_paths(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"mail,name\n{name}@example.com,{name}\n")
    assert people(tmp_path, "*.csv") == (["a", "b", "c"], [])


def test_a_path_with_brackets_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "people[1].csv").write_text(TEXT, encoding="utf-8")
    assert people(tmp_path, "people[1].csv") == (["Zoë"], [])


def test_one_bad_file_of_a_glob_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    (tmp_path / "b.csv").write_text(TEXT, encoding="utf-8")
    (tmp_path / "c.csv").write_text("mail,name\n", encoding="utf-8")
    names, problems = people(tmp_path, "?.csv")
    assert names == ["Zoë"]
    assert [one.split(":")[0] for one in problems] == ["a.csv", "c.csv"]


def test_only_columns_of_every_file_can_be_relied_on(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mail,name,title\nada@example.com,Ada,CEO\n")
    (tmp_path / "b.csv").write_text("Mail,name,phone\nzoe@example.com,Zoe,1\n")
    reading = read(tmp_path, [{"format": "csv", "path": "*.csv"}]).people[0]
    assert reading.names == {"mail": "mail", "name": "name"}
    assert reading.closed


def test_a_file_is_as_old_as_its_oldest_part(tmp_path: Path) -> None:
    for name, time in (("a", 2000), ("b", 1000), ("c", 3000)):
        (tmp_path / f"{name}.csv").write_text(TEXT, encoding="utf-8")
        os.utime(tmp_path / f"{name}.csv", (time, time))
    snapshot = read(tmp_path, [{"format": "csv", "path": "*.csv"}])
    assert snapshot.people[0].modified_at == 1000


def test_the_digest_names_the_bytes_and_their_order(tmp_path: Path) -> None:
    for name, text in (("a", TEXT), ("b", TEXT.upper()), ("same", TEXT)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")

    def digest(*names: str) -> str:
        return read(tmp_path, [{"format": "csv", "path": f"{name}.csv"} for name in names]).digest

    assert digest("a").startswith("sha256:")
    assert digest("a") == digest("same")
    assert digest("a", "b") == digest("same", "b")
    assert len({digest("a"), digest("b"), digest("a", "b"), digest("b", "a")}) == 4


def test_every_source_is_read_even_when_one_fails(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(TEXT, encoding="utf-8")
    snapshot = read(
        tmp_path,
        [{"format": "csv", "path": "none.csv"}, {"format": "csv", "path": "people.csv"}],
        [{"format": "yaml", "path": "none.yaml"}, {"format": "ldif", "path": "none.ldif"}],
    )
    problems = [
        *(one for reading in snapshot.people for one in reading.problems),
        *(one for reading in snapshot.groups for one in reading.problems),
    ]
    assert [one.size for one in problems] == [Size.STRUCTURAL] * 3
    assert len(snapshot.people[1].records) == 1


def test_only_wanted_attributes_are_kept_and_all_names_are_known(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Mail,DN,Employee ID,title\na@example.com,cn=a,7,CEO\n")
    source: dict[str, object] = {"format": "csv", "path": "p.csv"}
    reading = read(tmp_path, [source], key="Employee ID", wanted=frozenset({"Mail"})).people[0]
    assert set(reading.records[0].attributes) == {"mail", "dn", "employeeid"}
    assert list(reading.names.values()) == ["Mail", "DN", "Employee ID", "title"]


@pytest.mark.parametrize("path", ["pipe", "/dev/zero"])
def test_what_has_no_end_is_not_waited_for(tmp_path: Path, path: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    records, (problem,) = people(tmp_path, path)
    assert records == []
    assert f"'{path}' is a pipe or a device, not a file" in problem
