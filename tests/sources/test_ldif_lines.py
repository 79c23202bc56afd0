"""Lines in blocks are the same lines as one at a time, wherever the file is cut into pieces."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.model.origin import Origin
from syncer.sources import files, ldif_lines
from syncer.sources.files import SourceError, SourceFile, opened
from syncer.sources.ldif_lines import line_blocks

PIECES = st.lists(st.sampled_from([b"a", b"b: c", b" ", b"\n", b"\n "]), min_size=1)


def one_at_a_time(content: bytes) -> Iterator[tuple[int, bytes]]:
    """RFC 2849 read plainly: a line that starts with a blank continues the one before it."""
    held: list[tuple[int, bytes]] = []
    for number, physical in enumerate(content.splitlines(keepends=True), 1):
        line = physical.rstrip(b"\r\n")
        if line.startswith(b" ") and held and held[-1][1]:
            held[-1] = (held[-1][0], held[-1][1] + line[1:])
        else:
            held.append((number, line if line.strip() or not line else b""))
    yield from held


def in_blocks(folder: Path, content: bytes) -> tuple[list[tuple[int, bytes]], list[int]]:
    path = folder / "export.ldif"
    path.write_bytes(content)
    cut: list[int] = []
    with opened(SourceFile(path, "export.ldif", Origin("syncer.yaml")), "utf-8") as stream:
        blocks = line_blocks(stream, cut.append)
        return [pair for block in blocks for pair in zip(*block, strict=True)], cut


@settings(
    max_examples=500,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(pieces=PIECES, chunk=st.integers(1, 7), ending=st.sampled_from([b"\n", b"\r\n"]))
def test_lines_are_the_same_however_the_file_is_cut(
    tmp_path: Path, pieces: list[bytes], chunk: int, ending: bytes
) -> None:
    content = b"".join(pieces).replace(b"\n", ending)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ldif_lines, "_CHUNK", chunk)
        lines, cut = in_blocks(tmp_path, content)
    assert lines == list(one_at_a_time(content))
    assert cut == ([] if content.endswith(b"\n") else [len(content.splitlines())])


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_wide_characters_are_cut_into_the_same_lines(
    tmp_path: Path, codec: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_BLOCK", 2)
    path = tmp_path / "export.ldif"
    path.write_bytes(f"dn: cn=Zoë\n  Li\n\na: b{ending}".encode(codec))
    cut: list[int] = []
    with opened(SourceFile(path, "export.ldif", Origin("syncer.yaml")), codec) as stream:
        blocks = line_blocks(stream, cut.append)
        lines = [pair for block in blocks for pair in zip(*block, strict=True)]
    assert lines == [(1, "dn: cn=Zoë Li".encode()), (3, b""), (4, b"a: b")]
    assert cut == ([] if ending else [4])


def test_a_carriage_return_within_a_line_ends_no_line(tmp_path: Path) -> None:
    lines, cut = in_blocks(tmp_path, b"a\rb\nc\r")
    assert lines == [(1, b"a\rb"), (2, b"c")]
    assert cut == []


def test_what_stands_before_a_cut_wide_character_is_read(tmp_path: Path) -> None:
    path = tmp_path / "export.ldif"
    path.write_bytes("dn: cn=Zoë\na: b\nc".encode("utf-16-le")[:-1])
    lines: list[bytes] = []

    def read() -> None:
        file = SourceFile(path, "export.ldif", Origin("syncer.yaml"))
        with opened(file, "utf-16-le") as stream:
            for _, block in line_blocks(stream, lambda _: None):
                lines.extend(block)

    with pytest.raises(SourceError, match="the file ends in the middle of a character"):
        read()
    # Whether the last whole line goes on nobody can know any more.
    assert lines == ["dn: cn=Zoë".encode()]
