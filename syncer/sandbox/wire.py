"""Requests and answers as bytes: JSON in and out, both error envelopes, no opinion on users."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

USER_SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_SCHEMA: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP_SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST_SCHEMA: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH_SCHEMA: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR_SCHEMA: Final = "urn:ietf:params:scim:api:messages:2.0:Error"

SCIM_DOCS: Final = "https://developers.asana.com/docs/scim"
REST_DOCS: Final = "https://developers.asana.com/docs/errors"

Cut = Literal["", "before", "after"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets. `cut` means that it gets nothing: the connection was lost before
    or after the change was committed. `delay_seconds` is how long the answer takes."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay_seconds: float = 0.0
    cut: Cut = ""


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """An answer other than success, raised where the reason is found."""

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


def json_answer(status: int, document: object, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON body, compact and in UTF-8."""
    # A refusal may quote a path or filter that no UTF-8 text could hold.
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    body = text.encode("utf-8", "replace")
    return Answer(
        status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, body
    )


def rest_refusal(
    status: int,
    message: str,
    headers: Mapping[str, str] | None = None,
    phrase: str = "",
    docs: str = SCIM_DOCS,
) -> Answer:
    """Asana's documented envelope; `phrase` belongs to 500 alone."""
    error = {"message": message, "help": f"For more information, see {docs}"}
    if phrase:
        error["phrase"] = phrase
    return json_answer(status, {"errors": [error]}, headers)


def scim_refusal(refusal: Refusal, *, number: bool) -> Answer:
    """The envelope of RFC 7644, section 3.12; some servers have the status as a number."""
    status: str | int = refusal.status if number else str(refusal.status)
    document = {"schemas": [ERROR_SCHEMA], "detail": refusal.message, "status": status}
    return json_answer(refusal.status, document, refusal.headers)


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in the body; every text in it can be stored.

    Raises a 400 for anything else.
    """
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        # A lone surrogate is legal in JSON and in no UTF-8 file.
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"The request body is not JSON: {error}"[:200]) from None
    if not isinstance(document, dict):
        raise Refusal(400, "The request body is not a JSON object")
    return document


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")
