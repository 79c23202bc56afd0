"""The lines of an LDIF file (RFC 2849), unfolded, as bytes with the number they start on.

Bytes, because a line may be folded in the middle of a character.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from syncer.sources.files import Stream


def logical_lines(
    lines: Iterable[bytes], cut: Callable[[int], None]
) -> Iterator[tuple[int, bytes]]:
    """Every line with its continuations joined, and the number of its first physical line.

    A continuation that follows nothing keeps its leading blank, so that it can be refused.
    `cut` is called with the number of the last line when that line has no end: every line of
    an LDIF file has one.
    """
    number = start = 0
    held: bytes | None = None
    folds: list[bytes] = []
    physical = b"\n"
    for physical in lines:
        number += 1
        line = physical.rstrip(b"\r\n")
        if line[:1] == b" " and held:
            folds.append(line[1:])
            continue
        if held is not None:
            if folds:
                held += b"".join(folds)
                folds.clear()
            yield start, held
        # Blanks alone, after an empty line, separate entries just as well.
        held, start = line if line[:1] != b" " or line.strip() else b"", number
    if held is not None:
        yield start, held + b"".join(folds)
    if not physical.endswith((b"\n", b"\r")):
        cut(number)


def byte_lines(stream: Stream) -> Iterable[bytes]:
    """The physical lines as bytes in which ASCII is ASCII, without a byte order mark."""
    if not stream.encoding.keeps_ascii:
        text = stream.text()
        return (line.encode("utf-8", "surrogatepass") for line in text)
    lines = iter(stream.binary)
    first = next(lines, b"")
    return chain((first.removeprefix(b"\xef\xbb\xbf"),), lines)
