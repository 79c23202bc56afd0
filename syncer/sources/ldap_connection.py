"""Connections to directory servers: the one room that knows ldap3.

ldap3 is Python alone. bonsai and python-ldap want a compiler and the headers of libldap
wherever syncer is installed, and bring the settings of that machine's ldap.conf with them.
"""

import math
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from syncer.core.hosts import is_loopback
from syncer.sources.ldap_question import LdapError, Sent
from syncer.sources.ldap_search import Ask, Page, Session, stopped

with warnings.catch_warnings():
    # ldap3 imports two names of pyasn1 by their old spelling.
    warnings.simplefilter("ignore", DeprecationWarning)
    import ldap3
    from ldap3.core.exceptions import LDAPException, LDAPStartTLSError

_PAGED: Final = "1.2.840.113556.1.4.319"
_CERTIFICATE: Final = (
    "name the authority that issued it in ca_bundle, or the server as its certificate does in url"
)
_PLAIN: Final = "use ldaps://, or start_tls: true"
_ENTRY: Final = 4
"""The number of a searchResEntry (RFC 4511, section 4.5.2)."""

_PARTED: Final = "does a proxy join several servers before it? ask one server by its name"
_REACH: Final = "does `url` name the server and its port, and does a firewall let us through?"


@dataclass(frozen=True, slots=True)
class Access:
    """How servers are reached and who asks. The password appears in no text of ours."""

    bind_dn: str | None = None
    password: str = field(default="", repr=False)
    start_tls: bool = False
    ca_bundle: Path | None = None
    allow_plaintext: bool = False
    timeout_seconds: float = 60.0
    page_size: int = 500

    def without_password(self, text: str) -> str:
        """What a server said, which may repeat what it was told."""
        return text.replace(self.password, "***") if self.password else text


class _CheckedTls(ldap3.Tls):
    """TLS as Python's own default does it: the chain, the dates and the host name are checked.

    ldap3 would check the host name by code of its own, and says nothing of what failed.
    """

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context
        self._host = host
        self.fault: OSError | None = None

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # ldap3's own signature
        try:
            wrapped = self._context.wrap_socket(connection.socket, server_hostname=self._host)
        except OSError as error:
            self.fault = error
            raise
        connection.socket = wrapped


@contextmanager
def connected(url: str, access: Access) -> Iterator[Session]:
    """A session on which the login succeeded. Raises LdapError.

    Neither password nor people go over a connection that is not protected, unless that does
    not leave this machine or `allow_plaintext` says so.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "ldaps"
    tls = None
    if secure or access.start_tls:
        tls = _CheckedTls(_context(access.ca_bundle), host)
    elif not is_loopback(host) and not access.allow_plaintext:
        raise LdapError("plain ldap would send the password and all people in the clear", _PLAIN)
    server = ldap3.Server(
        host,
        port=parts.port or (636 if secure else 389),
        use_ssl=secure,
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=access.timeout_seconds,
    )
    connection = _connection(server, access)
    _refuse_parted_attributes(connection)
    try:
        _log_in(connection, access, tls)
        yield _Ldap3Session(connection, access)
    finally:
        _close(connection)


def _context(ca_bundle: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except ssl.SSLError as error:
        message = f"ca_bundle: {ca_bundle} holds no certificate"
        raise LdapError(message, "name a file of certificates as text (PEM)") from error
    except OSError as error:
        message = f"ca_bundle: {ca_bundle} cannot be read: {error.strerror}"
        raise LdapError(message, "paths are relative to the folder of the config file") from error


def _connection(server: ldap3.Server, access: Access) -> ldap3.Connection:
    """Not connected yet. Whatever ldap3 would do of its own accord is off."""
    return ldap3.Connection(
        server,
        user=access.bind_dn,
        password=access.password or None,
        authentication=ldap3.SIMPLE if access.bind_dn else ldap3.ANONYMOUS,
        auto_bind=ldap3.AUTO_BIND_NONE,
        auto_referrals=False,
        auto_range=False,
        auto_escape=False,
        auto_encode=False,
        check_names=False,
        read_only=True,
        raise_exceptions=False,
        # Else whatever was asked for is there, without values: nothing would ever be missing.
        return_empty_attributes=False,
        receive_timeout=math.ceil(access.timeout_seconds),
    )


def _refuse_parted_attributes(connection: ldap3.Connection) -> None:
    """Let an entry that names one attribute twice raise LdapError.

    A standard entry does not. ldap3 would keep the last part alone, and of a list of members
    that is a smaller team.
    """
    decode = connection.strategy.decode_response_fast

    def checked(message: dict[str, Any]) -> dict[str, Any]:
        if message["protocolOp"] == _ENTRY:
            # Of each value that ldap3's decoder reads, the content is the fourth part.
            names = [bytes(one[3][0][3]).lower() for one in message["payload"][1][3]]
            if len(set(names)) < len(names):
                raise LdapError("an entry has one attribute in several parts", _PARTED)
        answer: dict[str, Any] = decode(message)
        return answer

    connection.strategy.decode_response_fast = checked


def _log_in(connection: ldap3.Connection, access: Access, tls: _CheckedTls | None) -> None:
    """Connect, protect, log in, in this order. Raises LdapError."""
    try:
        connection.open(read_server_info=False)
        if access.start_tls:
            connection.start_tls(read_server_info=False)
        if connection.tls_started or not access.start_tls:
            connection.bind(read_server_info=False)
    except LDAPException as error:
        if tls is not None and tls.fault is not None:
            raise _distrust(tls.fault) from None
        if isinstance(error, LDAPStartTLSError):
            raise _no_tls(_said(error)) from None
        raise LdapError(f"no connection: {_said(error)}", _REACH) from None
    except Exception as error:  # noqa: BLE001  # ldap3 raises what its decoder trips over
        raise _unreadable(error) from None
    if access.start_tls and not connection.tls_started:
        raise _no_tls("it was not said why")
    result: dict[str, Any] = connection.result
    if result["result"]:
        said = access.without_password(result["message"])
        raise stopped(result["result"], said, what="refused the login")


def _no_tls(why: str) -> LdapError:
    return LdapError(f"the server does not start TLS: {why}", "use ldaps://, where it knows that")


def _distrust(fault: OSError) -> LdapError:
    """The error for a handshake that failed."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        what = fault.verify_message.rstrip(".")
        return LdapError(f"the certificate of the server is not trusted: {what}", _CERTIFICATE)
    if isinstance(fault, TimeoutError):
        return LdapError("no TLS: the server did not answer in time", _REACH)
    reason = getattr(fault, "reason", None) or fault.strerror or "the connection was closed"
    return LdapError(f"no TLS: {reason}", "does this port speak TLS?")


def _unreadable(error: Exception) -> LdapError:
    """The error for an answer at which ldap3 itself fails, whose words could repeat a secret."""
    message = f"the server answers what cannot be understood ({type(error).__name__})"
    return LdapError(message, "is this an LDAP server, and nothing else before it?")


def _said(error: LDAPException) -> str:
    """What went wrong in ldap3's words, without what it wraps around them."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _close(connection: ldap3.Connection) -> None:
    """Hang up, whatever state the connection is in."""
    opened = connection.socket
    try:
        if not connection.closed:
            connection.unbind()
    except (LDAPException, OSError):
        pass  # it was lost, which has been said where it mattered
    finally:
        if opened is not None:
            opened.close()


@dataclass(slots=True)
class _Ldap3Session:
    """A session by ldap3."""

    connection: ldap3.Connection
    access: Access

    def page(self, ask: Ask, cookie: bytes | None) -> Page:
        """The page behind `cookie`, None for the first; no page at all for what is `alone`."""
        try:
            self.connection.search(
                ask.base,
                ask.filter,
                ldap3.BASE if ask.alone else ldap3.SUBTREE,
                ldap3.DEREF_NEVER,
                attributes=list(ask.attributes),
                paged_size=None if ask.alone else self.access.page_size,
                paged_criticality=True,
                paged_cookie=cookie or None,
            )
        except LDAPException as error:
            hint = "run again; where it stays so, ask for less with `base` and `select`"
            raise LdapError(f"the connection broke in the search: {_said(error)}", hint) from None
        except LdapError:
            raise
        except Exception as error:  # ldap3 raises what its decoder trips over
            raise _unreadable(error) from error
        return self._answered(ask)

    def _answered(self, ask: Ask) -> Page:
        result: dict[str, Any] = self.connection.result
        responses: list[dict[str, Any]] = self.connection.response or []
        entries = [_sent(one) for one in responses if one["type"] == "searchResEntry"]
        references = [tuple(one["uri"]) for one in responses if one["type"] == "searchResRef"]
        code = result["result"]
        if result["type"] != "searchResDone":
            raise LdapError("an answer that is none to a search")
        cookie = b""
        if not ask.alone and not code:
            cookie = _cookie(result)
        referred = tuple(result.get("referrals") or ())
        said = self.access.without_password(result["message"])
        return Page(entries, references, code, said, cookie, referred)


def _cookie(result: dict[str, Any]) -> bytes:
    """Where the next page starts. Raises LdapError when the server does not say.

    It must (RFC 2696, section 3): without a word of it this page could be one of many.
    """
    control = (result.get("controls") or {}).get(_PAGED)
    if control is None:
        hint = "does a proxy before it drop the control of pages (RFC 2696)?"
        raise LdapError("the server does not say whether more pages follow", hint)
    cookie: bytes = control["value"]["cookie"] or b""
    return cookie


def _sent(response: dict[str, Any]) -> Sent:
    name = response["raw_dn"]
    text = name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else str(name)
    # For an attribute without values ldap3 has None in their place.
    return Sent(text, {key: one or () for key, one in response["raw_attributes"].items()})
