"""The plan as a JSON document: what is saved, reviewed, approved by digest and applied later.

Two names stand in a document. The digest names what would be done, so that a plan made again
from reordered files keeps its approval. The checksum names this very document, so that an
edit by hand is noticed; it is no signature and proves nothing about who made the plan.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from syncer.core.guards import POLICY
from syncer.core.plan_fields import description
from syncer.model.actions import REVERSIBLE, Action
from syncer.model.plan import Plan, Touched

FORMAT_VERSION: Final = 1
"""To be raised when a reader of today would misread the document, not when keys are added."""

_WORDING: Final = frozenset({"reason", "origin", "consequences", "held", "members_before"})
"""What an action says about itself and not about the change it makes."""


class AlteredError(ValueError):
    """A document that is not as it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredPlan(Plan):
    """A plan as pydantic reads it: by `kind`, so that an error speaks of one action only."""

    actions: tuple[Annotated[Action, Field(discriminator="kind")], ...] = ()
    touched: tuple[Annotated[Touched, Field(discriminator="kind")], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredDocument:
    """The keys of a document."""

    format_version: Literal[1]
    program_version: str
    created_at: str
    digest: str
    checksum: str
    plan: _StoredPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDocument:
    """A plan with its names. `created_at` is in UTC, to the second."""

    format_version: int
    program_version: str
    created_at: datetime
    digest: str
    checksum: str
    plan: Plan


def plan_digest(plan: Plan) -> str:
    """The name of what the plan would do, as `sha256:<hex>`.

    It covers the tenant, every action with its order, dependencies, before and after, and whether
    it is held, and which actions break which policy. Wording, file and line, counts and guards
    are not in it: they follow from the actions. What a policy forbids depends on the hour, and an
    approval given on Thursday must not stand for what only Friday forbids.
    """
    return _digest(plan, [jsonable(action) for action in plan.actions])


def _digest(plan: Plan, actions: Iterable[Mapping[str, Any]]) -> str:
    """As `plan_digest`, of a plan whose actions are at hand in JSON's types."""
    broken = [
        [one.guard, list(one.refs)] for one in plan.violations if one.guard.startswith(POLICY)
    ]
    policies = {"policies": broken} if broken else {}
    return _sha256({"tenant": plan.tenant, "actions": [*map(_substance, actions)], **policies})


def make_document(plan: Plan, *, created_at: datetime, version: str) -> PlanDocument:
    """The document of a plan made at `created_at`, which must know its time zone."""
    if created_at.tzinfo is None:
        raise ValueError("the time of a plan needs a time zone")
    document = PlanDocument(
        format_version=FORMAT_VERSION,
        program_version=version,
        created_at=created_at.astimezone(UTC).replace(microsecond=0),
        digest="",
        checksum="",
        plan=plan,
    )
    raw = jsonable(document)
    digest = _digest(plan, raw["plan"]["actions"])
    return replace(document, digest=digest, checksum=_checksum({**raw, "digest": digest}))


def with_plan(document: PlanDocument, plan: Plan) -> PlanDocument:
    """The document with this plan, judged anew, and its digest. The checksum stays: it is the same
    document, and whatever was done with it is known by that name."""
    return replace(document, plan=plan, digest=plan_digest(plan))


def document_json(document: PlanDocument) -> str:
    """The document as indented JSON with a trailing newline; equal documents, equal bytes."""
    raw = jsonable(document)
    try:
        text = to_json(raw, indent=2).decode()
    except PydanticSerializationError:  # half a surrogate pair, which the other one lets pass
        text = json.dumps(raw, ensure_ascii=False, indent=2)
    return text + "\n"


def read_document(text: str, *, even_altered: bool = False) -> PlanDocument:
    """The document that `text` holds.

    Raises ValueError with a sentence when it is no plan or of another format version, and
    AlteredError when it is not as it was written. With `even_altered` the latter is let
    pass, for a reader that only shows.
    """
    try:
        return _read(text, even_altered=even_altered)
    except RecursionError:
        raise ValueError("this is not a plan: it is nested too deeply") from None


def _read(text: str, *, even_altered: bool) -> PlanDocument:
    raw = _parse(text)
    version = raw.get("format_version")
    if version != FORMAT_VERSION or isinstance(version, bool):
        made_by = raw.get("program_version", "unknown")
        raise ValueError(
            f"this plan has format version {version!r}, written by syncer {made_by}; "
            f"this program reads version {FORMAT_VERSION}"
        )
    if not even_altered:
        _refuse_altered(raw)
    document = _decode(raw)
    if not even_altered and document.digest != plan_digest(document.plan):
        raise AlteredError("the plan does not have the digest it names")
    return document


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of a plan document. Keys may be added to it without a new version."""
    text = json.dumps(_adapter().json_schema(ref_template="#/$defs/{model}"))
    schema = json.loads(text.replace("_Stored", ""))
    definitions: dict[str, dict[str, Any]] = schema["$defs"]
    for kind in REVERSIBLE:
        name = "".join(word.capitalize() for word in kind.split("_"))
        definitions[name]["properties"]["reversible"] = {"type": "boolean"}
    for name, definition in definitions.items():
        definition.pop("additionalProperties", None)
        for key, found in definition.get("properties", {}).items():
            found["description"] = description(name, key)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **definitions.pop("Document"),
        "title": "syncer plan",
        "description": "What syncer would do: a plan file, and `syncer plan --format json`.",
        "$defs": definitions,
    }


def _checksum(raw: Mapping[str, Any]) -> str:
    return _sha256({key: value for key, value in raw.items() if key != "checksum"})


def _refuse_altered(raw: Mapping[str, Any]) -> None:
    if raw.get("checksum") != _checksum(raw):
        raise AlteredError("the plan was altered after it was written")


def _sha256(value: Any) -> str:
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # A name with half a surrogate pair must still have a digest.
    return "sha256:" + hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _substance(action: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in action.items() if key not in _WORDING}
    for side in ("add", "remove"):
        if side in said:
            said[side] = [{**member, "reason": ""} for member in said[side]]
    return {**said, "held": bool(action["held"])}


_AS_THEY_ARE: Final = frozenset({str, int, float, bool, type(None)})


def jsonable(value: Any) -> Any:
    """The value in JSON's own types; a mapping in the order of its keys."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if isinstance(value, tuple):
        return [jsonable(item) for item in value]
    if names := _names(kind):  # type: ignore[arg-type]  # a class is hashable
        return _object(value, names)
    return _rarely(value)


def _rarely(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case str():
            return str(value)  # a text of an enumeration, too
        case Mapping():
            return {str(key): jsonable(value[key]) for key in sorted(value)}
    return value


def _object(value: Any, names: Iterable[str]) -> dict[str, Any]:
    # Nine of ten are as they are already, and need no call.
    plain = {
        name: found if type(found := getattr(value, name)) in _AS_THEY_ARE else jsonable(found)
        for name in names
    }
    kind = plain.get("kind")
    if kind not in REVERSIBLE:
        return plain
    return {"kind": kind, "ref": plain["ref"], "reversible": REVERSIBLE[kind], **plain}


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def _parse(text: str) -> dict[str, Any]:
    try:
        raw = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"this is not JSON: {error.msg} at {where}") from None
    if not isinstance(raw, dict) or "plan" not in raw or "format_version" not in raw:
        raise ValueError("this is JSON, but not a plan: it has no 'plan' and 'format_version'")
    return raw


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise AlteredError(f"the plan was altered: the key {double!r} stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"this is not JSON: {name} is no JSON number")


@cache
def _adapter() -> TypeAdapter[tuple[_StoredDocument]]:
    # A setting for unknown keys can be given to a tuple and reaches what is in it, where
    # pydantic refuses one for a bare dataclass. Made once, on first use: building it takes
    # longer than reading a small plan.
    return TypeAdapter(tuple[_StoredDocument], config=ConfigDict(extra="forbid"))


def _decode(raw: Mapping[str, Any]) -> PlanDocument:
    try:
        (stored,) = _adapter().validate_json(json.dumps([_without_shown(raw)]), strict=True)
        created_at = datetime.fromisoformat(stored.created_at)
    except ValidationError as error:
        raise ValueError(f"this is not a plan: {_faults(error)}") from None
    except ValueError:
        raise ValueError("this is not a plan: created_at is not a date and time") from None
    if created_at.tzinfo is None:
        raise ValueError("this is not a plan: created_at has no time zone")
    plan = Plan(**{field.name: getattr(stored.plan, field.name) for field in fields(Plan)})
    refs = [action.ref for action in plan.actions]
    if len(set(refs)) != len(refs):
        raise ValueError("this is not a plan: two actions have the same ref")
    return PlanDocument(
        format_version=stored.format_version,
        program_version=stored.program_version,
        created_at=created_at.astimezone(UTC),
        digest=stored.digest,
        checksum=stored.checksum,
        plan=plan,
    )


def _without_shown(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The document without what is only shown: `reversible` follows from the kind."""
    plan = raw["plan"]
    if not isinstance(plan, dict) or not isinstance(plan.get("actions"), list):
        return dict(raw)
    actions = [
        {key: value for key, value in action.items() if key != "reversible"}
        if isinstance(action, dict)
        else action
        for action in plan["actions"]
    ]
    return {**raw, "plan": {**plan, "actions": actions}}


def _faults(error: ValidationError) -> str:
    """The first faults by place, without the values: those are people's data."""
    details = error.errors(include_input=False, include_url=False)
    named = [f"{'.'.join(str(part) for part in d['loc'][1:])}: {d['msg']}" for d in details[:3]]
    more = f"; and {len(details) - 3} more" if len(details) > 3 else ""
    return "; ".join(named) + more
