"""What Asana's refusals mean: from a status and an error body to the error tree of the model.

Messages hold the method, the path and the server's own words. Never our request, which a server
may repeat in its refusal (`echoes` takes that out), and never headers.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic_core import from_json

from syncer.asana.echoes import in_words, sent_values
from syncer.asana.http import Reply, Request
from syncer.model.errors import (
    AuthenticationError,
    ConflictError,
    ForbiddenError,
    NoSeatError,
    NotFoundError,
    RejectedError,
    ThrottledError,
)

LONGEST_DETAIL: Final = 300
_LONGEST_READ: Final = 16 * 1024
"""Far more than is quoted, so that no value of ours is cut in two where it could be quoted."""

_SEAT: Final = re.compile(r"\b(licen[cs]es?|licen[cs]ing|seats?)\b", re.IGNORECASE)
_NONE_LEFT: Final = re.compile(
    r"\b(no|not enough|insufficient|limit|exceed\w*|reached|full|maximum|exhausted|available|"
    r"remaining|run out|upgrade)\b",
    re.IGNORECASE,
)

_HINTS: Final = {
    401: "check the token: complete, not revoked, and of a service account; nobody else may use "
    "SCIM",
    402: "Asana asks for another plan or more seats: SCIM needs an Enterprise plan",
    403: "the service account needs full permissions, or under 'User provisioning (SCIM)' "
    "Users: Read and Teams: Read, and to apply Users: Create and modify and Teams: Create and "
    "modify",
    407: "the proxy named by HTTPS_PROXY wants a user and a password",
    429: "run again later, or lower asana.requests_per_minute or asana.share",
}
_KINDS: Final[dict[int, type[RejectedError]]] = {
    401: AuthenticationError,
    402: NoSeatError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: ThrottledError,
}
_LISTINGS: Final = frozenset({"Users", "Groups"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server's own explanation, shortened, and its SCIM keyword where it gave one."""

    detail: str
    scim_type: str = ""


def rejection(request: Request, reply: Reply) -> RejectedError:
    """The error for an answer that is neither a success nor to be tried again."""
    refusal = read_refusal(request, reply)
    message = f"{request.what}: {reply.status} {refusal.detail}".rstrip()
    hint = _HINTS.get(reply.status, "")
    if 300 <= reply.status < 400:
        message = f"{request.what}: {reply.status}, a redirect{_target(reply)}, not followed"
        hint = "set asana.base_url to the right address: the token goes nowhere else"
    if reply.status == 404 and request.path in _LISTINGS:
        hint = "is asana.base_url right? Asana's is https://app.asana.com/api/1.0/scim"
    kind = _kind(reply, refusal.detail)
    if kind is NoSeatError and reply.status != 402:
        hint = "free a seat or buy one"
    return kind(
        message,
        hint,
        status=reply.status,
        detail=refusal.detail,
        scim_type=refusal.scim_type,
    )


def _kind(reply: Reply, detail: str) -> type[RejectedError]:
    status = reply.status
    # Asana documents no error for a lack of seats, so its words are all there is to go by.
    if status in {400, 403, 409, 422} and _SEAT.search(detail) and _NONE_LEFT.search(detail):
        return NoSeatError
    if status == 404 and not _of_scim(reply.content):
        # Something on the way knows no such address. That says nothing of a user or a team.
        return RejectedError
    return _KINDS.get(status, RejectedError)


def _of_scim(content: bytes) -> bool:
    """Whether Asana itself may have said this: JSON, or nothing at all."""
    try:
        return not content.strip() or isinstance(from_json(content), dict)
    except ValueError:
        return False


def read_refusal(request: Request, reply: Reply) -> Refusal:
    """What the body of a refusal says: SCIM's envelope, Asana's REST one, or raw text; and
    where there is none, what the status line says."""
    sent = sent_values(request.body, request.query)
    refusal = _read_body(reply.content, sent)
    return refusal if refusal.detail else Refusal(told(reply.reason, sent), refusal.scim_type)


def _read_body(content: bytes, sent: tuple[str, ...]) -> Refusal:
    try:
        body = from_json(content)
    except ValueError:
        return Refusal(raw_words(content, sent))
    if not isinstance(body, dict):
        return Refusal(told(_text(body), sent))
    words = list(_rest_words(body)) or [
        _text(body[key]) for key in ("detail", "message", "error") if body.get(key)
    ]
    scim_type = body.get("scimType")
    scim_type = told(scim_type, sent) if isinstance(scim_type, str) else ""
    detail = told("; ".join(words), sent)
    if scim_type:
        detail = f"{detail} ({scim_type})".strip()
    return Refusal(detail, scim_type)


def _rest_words(body: dict[str, Any]) -> Iterator[str]:
    errors = body.get("errors")
    for error in errors if isinstance(errors, list) else ():
        if not isinstance(error, dict):
            yield _text(error)
            continue
        if error.get("message"):
            yield _text(error["message"])
        # Asana's support finds the failure by this phrase, which only a 500 carries.
        if error.get("phrase"):
            yield f"phrase for Asana's support: {_text(error['phrase'])}"


def raw_words(content: bytes, sent: tuple[str, ...] = ()) -> str:
    """A body that is no JSON, in a few words."""
    if is_html(content):
        return "an HTML page instead of JSON: is asana.base_url right, or is there a proxy?"
    return told(content[:_LONGEST_READ].decode("utf-8", "replace"), sent)


def told(text: str, sent: tuple[str, ...]) -> str:
    """A server's words as we quote them: without what we sent, on one short line."""
    return shortened(in_words(text[:_LONGEST_READ], sent))


def is_html(content: bytes) -> bool:
    """Whether the body is a page for people, as proxies and load balancers send."""
    start = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<h1"))


def shortened(text: str) -> str:
    """One line without control characters, which a terminal would obey."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    words = " ".join(visible.split())
    return words if len(words) <= LONGEST_DETAIL else words[: LONGEST_DETAIL - 3] + "..."


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _target(reply: Reply) -> str:
    # Only the host: a sign-in page's URL is long and may hold what is nobody's business.
    try:
        host = urlsplit(reply.headers.get("location", "")).hostname
    except ValueError:
        return ""
    return f" to {shortened(host)}" if host else ""
