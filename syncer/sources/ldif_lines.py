"""The lines of an LDIF file (RFC 2849), unfolded, as bytes with the number they start on.

Bytes, because a line may be folded in the middle of a character.
"""

from collections.abc import Iterable, Iterator

from syncer.sources.files import Stream


def logical_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Every line with its continuations joined, and the number of its first physical line.

    A continuation that follows nothing keeps its leading blank, so that it can be refused.
    """
    start = 0
    parts: list[bytes] = []
    for number, physical in enumerate(lines, 1):
        line = physical.rstrip(b"\r\n")
        if line[:1] == b" " and parts and parts[0]:
            parts.append(line[1:])
            continue
        if parts:
            yield start, parts[0] if len(parts) == 1 else b"".join(parts)
        # Blanks alone, after an empty line, separate entries just as well.
        parts = [line if line.strip() else b""]
        start = number
    if parts:
        yield start, b"".join(parts)


def byte_lines(stream: Stream) -> Iterator[bytes]:
    """The physical lines as bytes in which ASCII is ASCII, without a byte order mark."""
    if not stream.encoding.keeps_ascii:
        text = stream.text()
        yield from (line.encode() for line in text)
        return
    lines = iter(stream.binary)
    first = next(lines, b"")
    yield first.removeprefix(b"\xef\xbb\xbf")
    yield from lines
