"""Says to a sandbox what a case file says, and holds the answers against it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from syncer.sandbox import BASE_PATH, Answer, Sandbox

REST_PATH = BASE_PATH.removesuffix("/scim")
REST = "REST "

CASES = Path(__file__).parent / "cases"
ABSENT = "<absent>"

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def tenant_document() -> dict[str, Any]:
    """The tenant that cases start from."""
    return dict(json.loads((CASES / "tenant.json").read_text(encoding="utf-8")))


def tenant(**overrides: Any) -> Sandbox:
    """A sandbox of that tenant, with other keys of the state or `switches` of strict."""
    return Sandbox.in_memory({**tenant_document(), **overrides})


@dataclass(frozen=True, slots=True)
class Talk:
    """A client that sends what it is told to and interprets nothing."""

    sandbox: Sandbox
    token: str = "full-token"

    def send(
        self,
        line: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send `PATCH /Users/1`, or `GET REST /workspaces` for a path beside that of SCIM.

        A list as body becomes the operations of a PatchOp message.
        """
        method, _, target = line.partition(" ")
        content = raw if raw is not None else encoded(target, body)
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if content:
            sent.setdefault("Content-Type", "application/json")
        base = REST_PATH if target.startswith(REST) else BASE_PATH
        path = base + quote(target.removeprefix(REST), safe="/?=&%")
        return self.sandbox.respond(method, path, sent, content)

    def ok(self, line: str, body: object = None) -> Any:
        """The JSON of an answer that must be a success."""
        answer = self.send(line, body)
        assert 200 <= answer.status < 300, answer
        return json.loads(answer.body) if answer.body else None


def encoded(target: str, body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, list):
        body = {"schemas": [PATCH_OP], "Operations": body}
    elif isinstance(body, dict) and "schemas" not in body:
        body = {"schemas": [GROUP if target.startswith("/Groups") else USER], **body}
    return json.dumps(body).encode()


def play(sandbox: Sandbox, exchanges: list[dict[str, Any]]) -> None:
    """Hold every exchange of a case against the sandbox.

    `send` and `body` are the request; `status`, `answer` (the whole body), `has` (values by
    path, or "<absent>"), `headers`, `ids` (of the Resources, in order) and `gids` (of the data,
    or of the users in it where it is memberships) are what is expected.
    """
    for exchange in exchanges:
        talk = Talk(sandbox, exchange.get("token", "full-token"))
        raw = exchange["raw"].encode() if "raw" in exchange else None
        answer = talk.send(
            exchange["send"], exchange.get("body"), raw=raw, headers=exchange.get("with")
        )
        check(exchange, answer)


def check(exchange: Mapping[str, Any], answer: Answer) -> None:
    where = f"{exchange['send']}: {answer.body.decode()}"
    assert answer.status == exchange["status"], where
    document: Any = json.loads(answer.body) if answer.body else None
    if "answer" in exchange:
        assert document == exchange["answer"], where
    for path, value in exchange.get("has", {}).items():
        assert at(document, path) == value, f"{where}: {path}"
    for name, value in exchange.get("headers", {}).items():
        assert answer.headers.get(name) == value, where
    if "ids" in exchange:
        assert [row["id"] for row in document["Resources"]] == exchange["ids"], where
    if "gids" in exchange:
        rows = document["data"]
        assert [row.get("user", row)["gid"] for row in rows] == exchange["gids"], where


def at(document: Any, path: str) -> Any:
    """The value at `Resources/0/name`, or "<absent>"."""
    for part in path.split("/"):
        try:
            document = document[int(part)] if isinstance(document, list) else document[part]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return document
