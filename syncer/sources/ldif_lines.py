"""The lines of an LDIF file (RFC 2849), unfolded, as bytes with the number they start on.

Bytes, because a line may be folded in the middle of a character. Blocks of lines, because a large
export has millions of them, and few are folded.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from syncer.sources.files import Stream

_CHUNK: Final = 1 << 18
_BLANK: Final = ord(" ")

Block = tuple[Sequence[int], Sequence[bytes]]
"""Lines with their continuations joined, and the number of the first physical line of each."""


def line_blocks(stream: Stream, cut: Callable[[int], None]) -> Iterator[Block]:
    """Every line, very many at a time.

    A continuation that follows nothing keeps its leading blank, so that it can be refused.
    `cut` is called with the number of the last line when that line has no end: every line of
    an LDIF file has one.
    """
    number = 0
    whole = True
    for block in _whole_lines(_chunks(stream)):
        lines = block.split(b"\n")
        whole = block.endswith((b"\n", b"\r"))
        if not lines[-1]:
            lines.pop()
        if b"\r" in block:
            lines = [line.rstrip(b"\r") for line in lines]
        numbers = range(number + 1, number + 1 + len(lines))
        number += len(lines)
        folded = b"\n " in block or block.startswith(b" ")
        yield _unfolded(numbers, lines) if folded else (numbers, lines)
    if not whole:
        cut(number)


def _unfolded(numbers: Iterable[int], lines: Iterable[bytes]) -> Block:
    starts: list[int] = []
    joined: list[bytes] = []
    folds: list[bytes] = []
    for number, line in zip(numbers, lines, strict=True):
        if line[:1] == b" " and joined and joined[-1]:
            folds.append(line[1:])
            continue
        if folds:
            joined[-1] += b"".join(folds)
            folds.clear()
        starts.append(number)
        # Blanks alone, after an empty line, separate entries just as well.
        joined.append(line if line[:1] != b" " or line.strip() else b"")
    if folds:
        joined[-1] += b"".join(folds)
    return starts, joined


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut where a line ends that no other continues."""
    parts: list[bytes] = []
    for chunk in chunks:
        # What ends the chunk may go on in the next one, so that a cut needs a byte behind it.
        end = chunk.rfind(b"\n", 0, -1)
        while end >= 0 and chunk[end + 1] == _BLANK:
            end = chunk.rfind(b"\n", 0, end)
        if end < 0:
            if parts and parts[-1].endswith(b"\n") and chunk[0] != _BLANK:
                yield b"".join(parts)
                parts.clear()
            parts.append(chunk)
            continue
        parts.append(chunk[: end + 1])
        yield b"".join(parts)
        parts = [chunk[end + 1 :]]
    if parts:
        yield b"".join(parts)


def _chunks(stream: Stream) -> Iterator[bytes]:
    """The bytes in which ASCII is ASCII, without a byte order mark; none of them is empty."""
    if stream.encoding.keeps_ascii:
        first = stream.binary.read(_CHUNK).removeprefix(b"\xef\xbb\xbf")
        return filter(None, chain((first,), iter(lambda: stream.binary.read(_CHUNK), b"")))
    return (b"".join(map(_encoded, block)) for block in stream.text_blocks())


def _encoded(line: str) -> bytes:
    text = line.rstrip("\r\n")
    ended = b"\n" if len(text) < len(line) else b""
    return text.encode("utf-8", "surrogatepass") + ended
