"""A directory server on loopback that can do what no healthy one does.

It speaks LDAP by the rules of Active Directory: long attributes in ranges, empty pages, stamps.
What it answers comes from a script, so that it can also lie, stall and hang up.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

BIND, SEARCH, EXTENDED = 0x60, 0x63, 0x77
PAGED = b"1.2.840.113556.1.4.319"
Attributes = Mapping[str, Sequence[bytes]]


@dataclass(frozen=True)
class Request:
    """A search as it was asked."""

    base: str
    alone: bool
    attributes: tuple[str, ...]
    size: int
    cookie: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered: entries and references, then the result; `raw` instead of all that."""

    entries: Sequence[tuple[str, Attributes]] = ()
    references: Sequence[str] = ()
    code: int = 0
    said: str = ""
    cookie: bytes | None = b""
    referred: str = ""
    raw: bytes | None = None
    hang_up: bool = False
    stall: bool = False


Script = Callable[[Request], Reply]


@dataclass
class Double:
    """A server that runs; `asked` are the searches so far, `logins` counts who logged in."""

    url: str
    asked: list[Request] = field(default_factory=list)
    logins: int = 0


@contextmanager
def double(script: Script) -> Iterator[Double]:
    """A server on loopback that lets everybody log in and answers searches by the script."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = Double(f"ldap://127.0.0.1:{listener.getsockname()[1]}")
        done = threading.Event()
        thread = threading.Thread(target=_serve, args=(listener, running, script, done))
        thread.start()
        try:
            yield running
        finally:
            done.set()
            # Wakes the thread that waits for the next connection.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(
    listener: socket.socket, running: Double, script: Script, done: threading.Event
) -> None:
    while not done.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, contextlib.suppress(ConnectionError):
            _converse(connection, running, script, done)


def _converse(
    connection: socket.socket, running: Double, script: Script, done: threading.Event
) -> None:
    data = b""
    while received := connection.recv(65536):
        data += received
        while message := _first(data):
            data = data[len(message) :]
            ((_, content),) = _parts(message)
            (_, count), (tag, operation), *controls = _parts(content)
            number = int.from_bytes(count, "big")
            if tag == BIND:
                running.logins += 1
                connection.sendall(_message(number, _result(0x61, 0, "")))
                continue
            if tag == EXTENDED:
                connection.sendall(_message(number, _result(0x78, 2, "no TLS here")))
                continue
            if tag != SEARCH:
                return
            request = _request(operation, controls)
            running.asked.append(request)
            reply = script(request)
            if reply.stall:
                done.wait(30)
                return
            connection.sendall(_reply(number, reply))
            if reply.hang_up:
                return


def _request(operation: bytes, controls: list[tuple[int, bytes]]) -> Request:
    base, scope, *_, attributes = (content for _, content in _parts(operation))
    size, cookie = 0, b""
    for _, listed in controls:
        for _, control in _parts(listed):
            kind, *_, value = (content for _, content in _parts(control))
            if kind == PAGED:
                ((_, pair),) = _parts(value)
                (_, number), (_, cookie) = _parts(pair)
                size = int.from_bytes(number, "big")
    names = tuple(name.decode() for _, name in _parts(attributes))
    return Request(base.decode(), scope == b"\0", names, size, cookie)


def _reply(number: int, reply: Reply) -> bytes:
    if reply.raw is not None:
        return reply.raw
    parts = [_message(number, _entry(dn, attributes)) for dn, attributes in reply.entries]
    parts += [_message(number, _tlv(0x73, _text(url))) for url in reply.references]
    if not reply.hang_up:
        controls = b""
        if reply.cookie is not None:
            value = _tlv(0x30, _tlv(0x02, b"\0") + _tlv(0x04, reply.cookie))
            controls = _tlv(0xA0, _tlv(0x30, _tlv(0x04, PAGED) + _tlv(0x04, value)))
        result = _result(0x65, reply.code, reply.said, reply.referred)
        parts.append(_message(number, result + controls))
    return b"".join(parts)


def _entry(dn: str, attributes: Attributes) -> bytes:
    listed = b"".join(
        _tlv(0x30, _text(name) + _tlv(0x31, b"".join(_tlv(0x04, one) for one in values)))
        for name, values in attributes.items()
    )
    return _tlv(0x64, _text(dn) + _tlv(0x30, listed))


def _result(tag: int, code: int, said: str, referred: str = "") -> bytes:
    referral = _tlv(0xA3, _text(referred)) if referred else b""
    return _tlv(tag, _tlv(0x0A, bytes([code])) + _text("") + _text(said) + referral)


def _message(number: int, operation: bytes) -> bytes:
    count = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return _tlv(0x30, _tlv(0x02, count) + operation)


def _text(text: str) -> bytes:
    return _tlv(0x04, text.encode())


def _tlv(tag: int, content: bytes) -> bytes:
    """Tag, length and content, as BER writes them."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    """The tags and contents that stand one behind the other."""
    found = []
    while data:
        start, size = _head(data)
        found.append((data[0], data[start : start + size]))
        data = data[start + size :]
    return found


def _head(data: bytes) -> tuple[int, int]:
    """Where the content starts, and how long it is."""
    if not data[1] & 0x80:
        return 2, data[1]
    start = 2 + (data[1] & 0x7F)
    return start, int.from_bytes(data[2:start], "big")


def _first(data: bytes) -> bytes:
    """The first message of the data; nothing while it is not whole."""
    if len(data) < 8:
        return b""
    start, size = _head(data)
    return data[: start + size] if len(data) >= start + size else b""
