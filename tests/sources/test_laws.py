"""What holds for every file: no reader raises, hangs, or loses people in silence."""

import codecs
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.model.directory import PeopleReading
from syncer.model.origin import Size
from tests.sources.shown import read

SAMPLES = Path(__file__).parents[1] / "samples"
SEARCH = (SAMPLES / "openldap/ldapsearch-L0-with-comments.ldif").read_bytes()
PAGED = (SAMPLES / "openldap/paged-pr3.ldif").read_bytes()
CSV = (
    'mail;name;groups;"manager"\r\n'
    'ada@example.com;"Lovelace; ""Ada""\r\n(Countess)";eng|ops;\r\n'
    "zoe@example.com;Zoë;;ada@example.com\r\n"
).encode()
YAML = (
    b"people:\n- mail: ada@example.com\n  sn: [a, 'b']\n  note: |\n    one\n    two\n"
    b"- {mail: zoe@example.com, active: no}\n"
    b"groups:\n  Eng: [ada@example.com]\n  Ops: {members: []}\n"
)
WHOLE = {
    "ldif": [SEARCH[:3000], PAGED],
    "csv": [CSV, CSV.decode().encode("utf-16")],
    "yaml": [YAML],
}

SPLINTERS = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [
            *(b"\n", b"\r\n", b" ", b":", b"::", b":<", b'"', b",", b";", b"\0", b"\n\n", b"\t"),
            *(b"- ", b"&a ", b"*a", b"{", b"[", b"'", b"#", b"|", b"? ", b"<<: *a", b"---\n"),
            *(b"dn: ", b"result: 4 x\n", b"# numEntries: 3\n", b"# pagedresults: cookie="),
            *(b"member;range=0-1: x\n", b"member;range=x: y\n", b"memberOf;range=2-*: z\n"),
            *(codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF32_LE, b"#TYPE x\n", b"sep=;\n"),
        ]
    ),
)
CUTS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), SPLINTERS), max_size=6)
ENCODINGS = st.sampled_from(
    ["auto", "auto", "utf-8", "utf-16", "cp1252", "shift_jis", "cp037", "x"]
)

FILES = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def mutated(content: bytes, cuts: list[tuple[float, int, bytes]]) -> bytes:
    for place, length, splinter in cuts:
        at = int(place * len(content))
        content = content[:at] + splinter + content[at + length :]
    return content


def read_anything(
    folder: Path, content: bytes, name: str, encoding: str = "auto"
) -> PeopleReading:
    (folder / "file").write_bytes(content)
    source: dict[str, object] = {"format": name, "path": "file"}
    if name != "yaml":
        source["encoding"] = encoding
    snapshot = read(folder, [source], [source], key="employeeNumber")
    for problem in (*snapshot.people[0].problems, *snapshot.groups[0].problems):
        assert problem.summary
        assert str(problem)
    return snapshot.people[0]


@pytest.mark.parametrize("name", ["csv", "yaml", "ldif"])
@FILES
@given(content=st.binary(max_size=300), encoding=ENCODINGS)
def test_no_bytes_make_a_reader_raise(
    tmp_path: Path, name: str, content: bytes, encoding: str
) -> None:
    reading = read_anything(tmp_path, content, name, encoding)
    assert reading.records or reading.problems


@pytest.mark.parametrize("name", ["csv", "yaml", "ldif"])
@FILES
@given(data=st.data(), cuts=CUTS, encoding=ENCODINGS)
def test_no_damage_to_a_real_file_makes_a_reader_raise(
    tmp_path: Path,
    name: str,
    data: st.DataObject,
    cuts: list[tuple[float, int, bytes]],
    encoding: str,
) -> None:
    content = data.draw(st.sampled_from(WHOLE[name]))
    reading = read_anything(tmp_path, mutated(content, cuts), name, encoding)
    assert reading.records or reading.problems


@settings(FILES, max_examples=150)
@given(end=st.integers(0, len(SEARCH) - 3))
def test_a_search_cut_anywhere_never_looks_whole(tmp_path: Path, end: int) -> None:
    reading = read_anything(tmp_path, SEARCH[:end], "ldif")
    assert any(problem.size is Size.STRUCTURAL for problem in reading.problems)


@settings(FILES, max_examples=150)
@given(end=st.integers(0, len(PAGED) - 3))
def test_a_paged_export_cut_anywhere_after_its_first_page_never_looks_whole(
    tmp_path: Path, end: int
) -> None:
    first = PAGED.index(b"cookie=")
    reading = read_anything(tmp_path, PAGED[: max(end, first)], "ldif")
    assert any(problem.size is Size.STRUCTURAL for problem in reading.problems)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(FILES, max_examples=150)
@given(
    rows=st.lists(st.tuples(st.integers(0, 9**9), CELLS, CELLS), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_writer_of_csv_quotes_is_what_is_read(
    tmp_path: Path, rows: list[tuple[int, str, str]], delimiter: str, end: str, encoding: str
) -> None:
    def line(cells: tuple[str, ...]) -> str:
        quoted = (cell.replace('"', '""') for cell in cells)
        return delimiter.join(f'"{cell}"' for cell in quoted)

    lines = [line(("mail", "a", "b")), *(line((f"{n}@example.com", a, b)) for n, a, b in rows)]
    text = end.join(lines) + end
    reading = read_anything(tmp_path, text.encode(encoding), "csv", "auto")
    assert reading.problems == ()
    assert [one.attributes["mail"] for one in reading.records] == [
        f"{number}@example.com" for number, _, _ in rows
    ]
    for record, (_, first, second) in zip(reading.records, rows, strict=True):
        for name, cell in (("a", first), ("b", second)):
            if not cell.strip().startswith('="'):  # a formula around a text is unwrapped
                assert record.attributes.get(name, "") == cell.strip()
