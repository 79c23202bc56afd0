"""What must hold for a directory server beyond the types: its address, and how to log in."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from syncer.config.checks_secrets import secret_findings
from syncer.config.finding import Finding, Plain
from syncer.core.hosts import is_loopback
from syncer.core.locations import Location

_TRUE: Final = frozenset({"1", "on", "t", "true", "y", "yes"})
_EXAMPLE: Final = "for example ldaps://dc1.example.com"


def server_findings(source: dict[str, Plain], at: Location) -> Iterator[Finding]:
    """Yield everything wrong with a source of `format: ldap`. Asks no server."""
    url = source.get("url")
    if isinstance(url, str):
        start_tls, open_ = _is_true(source.get("start_tls")), source.get("allow_plaintext")
        yield from _url(url, (*at, "url"), start_tls=start_tls, plaintext=_is_true(open_))
    bind_dn, password = source.get("bind_dn"), source.get("password")
    if password is not None:
        yield from secret_findings(password, (*at, "password"), "the password")
    if bind_dn is None and password is not None:
        yield Finding((*at, "password"), "needs bind_dn", "name whom to log in as")
    if bind_dn is not None and password is None:
        # A login without a password is an anonymous one to most servers (RFC 4513, 5.1.2).
        summary = "needs a password"
        yield Finding((*at, "bind_dn"), summary, "password: {env: NAME} or {file: PATH}")


def _is_true(value: Plain) -> bool:
    """Whether the model will take it for true."""
    return str(value).lower() in _TRUE


def _url(text: str, at: Location, *, start_tls: bool, plaintext: bool) -> Iterator[Finding]:
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        yield Finding(at, "is not an address", _EXAMPLE)
        return
    if url.scheme not in {"ldap", "ldaps"} or not host or text != text.strip():
        yield Finding(at, "must be an address that starts with ldaps:// or ldap://", _EXAMPLE)
        return
    if "@" in url.netloc:
        summary = "must not hold a user name or password"
        yield Finding(at, summary, "write bind_dn and password beside it")
    if url.path.strip("/") or url.query or url.fragment or text.endswith(("?", "#")):
        yield Finding(at, "must end with host and port", "the entry to search below is `base`")
    if url.scheme == "ldaps" and start_tls:
        yield Finding(
            at, "has TLS already, so start_tls has nothing to start", "leave out one of the two"
        )
    if url.scheme == "ldap" and not (start_tls or plaintext or is_loopback(host)):
        summary = "plain ldap would send the password and all people in the clear"
        yield Finding(at, summary, "use ldaps://, or start_tls: true")
