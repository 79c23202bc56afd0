"""What the mapping makes of one person, beside what Asana has.

Whether an attribute changes is read off the plan, never worked out again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from syncer.core.directory.mapping import UnmappableError, mapped_text, source_text
from syncer.core.directory.people_state import not_managers
from syncer.core.directory.references import AMBIGUOUS
from syncer.core.directory.reporting_lines import objection_to
from syncer.core.directory.rules import AttributeRule
from syncer.core.names import plain
from syncer.core.tracing.directory_side import value_of
from syncer.core.tracing.evidence import Evidence
from syncer.core.tracing.trace import AttributeSeen, ManagerSeen
from syncer.model.actions import Action, CreateUser, FieldChange, UpdateUser
from syncer.model.state import MANAGER, USER_NAME, CurrentUser, UserKey

_EMPTY = "empty in the directory"


def changes_of(actions: Iterable[Action]) -> Mapping[str, FieldChange]:
    """What the plan changes of a person, by attribute: of several steps, from first to last."""
    found: dict[str, FieldChange] = {}
    for action in actions:
        match action:
            case CreateUser():
                found[USER_NAME] = FieldChange(USER_NAME, None, action.user_name)
                found.update((change.field, change) for change in action.attributes)
            case UpdateUser():
                for change in action.changes:
                    first = found.get(change.field, change)
                    found[change.field] = replace(change, before=first.before)
            case _:
                pass
    return found


def attributes_seen(
    evidence: Evidence,
    number: int,
    user: CurrentUser | None,
    changes: Mapping[str, FieldChange],
    spared: str,
) -> tuple[AttributeSeen, ...]:
    """The managed attributes in the order of the mapping, the manager apart.

    `spared` says why nothing of this person is changed, empty where something may be.
    """
    rules = evidence.directory.rules
    return tuple(
        _attribute(evidence, number, rule, user, changes.get(rule.attribute), spared)
        for rule in (rules.user_name, *rules.attributes)
        if rule.attribute != MANAGER
    )


def _attribute(
    evidence: Evidence,
    number: int,
    rule: AttributeRule,
    user: CurrentUser | None,
    change: FieldChange | None,
    spared: str,
) -> AttributeSeen:
    value, how = _mapped(evidence, number, rule)
    on_create = rule.policy.on == "create"
    current = None
    if user is not None:
        named = rule.attribute == USER_NAME
        current = user.user_name if named else user.attributes.get(rule.attribute)
    same = value is not None and plain(value) == plain(current or "")
    outcome = _outcome(user, change, spared, value=value, same=same, on_create=on_create)
    return AttributeSeen(
        attribute=rule.attribute,
        rule=rule.origin,
        source=_source(rule),
        values=tuple(value_of(evidence, number, name) for name in rule.source.names),
        value=value,
        how=how,
        outcome=outcome,
        current=current or None,
        change=change,
        on_create=on_create,
    )


def _source(rule: AttributeRule) -> str:
    if rule.policy.source is None:
        return f"the constant {rule.policy.constant!r}"
    return " ".join(rule.policy.source.split())


def _mapped(evidence: Evidence, number: int, rule: AttributeRule) -> tuple[str | None, str]:
    """What a rule gives for a person, and in which way."""
    person = evidence.persons[number]
    groups = evidence.directory.membership.groups_of(number)
    if rule.attribute == USER_NAME:
        return person.address, "" if person.address else _EMPTY
    try:
        value = mapped_text(rule, person, groups)
        if source_text(rule, person, groups):
            return value, ""
    except UnmappableError as error:
        return None, f"cannot be worked out: {error}"
    if value is None:
        return None, _EMPTY
    return value, f"{_EMPTY}: {'the default is used' if value else 'clear is true'}"


def _outcome(
    user: CurrentUser | None,
    change: FieldChange | None,
    spared: str,
    *,
    value: str | None,
    same: bool,
    on_create: bool,
) -> str:
    """What becomes of an attribute, in a word or two."""
    if change is not None:
        return "set for the new user" if user is None else "changes"
    if user is None:
        return f"not set: {spared or 'nobody is created'}" if value else "nothing to set"
    if value is None:
        return "left as it is in Asana"
    if same:
        return "as in Asana"
    if on_create:
        return "differs, and is set for new people only"
    return f"differs, and {spared}" if spared else "differs, and counts as the same"


def manager_seen(
    evidence: Evidence,
    number: int,
    user: CurrentUser | None,
    changes: Mapping[str, FieldChange],
    spared: str,
) -> ManagerSeen | None:
    """The manager of a person; None where the mapping does not name the attribute."""
    rules = [rule for rule in evidence.directory.rules.attributes if rule.attribute == MANAGER]
    if not rules:
        return None
    rule, change = rules[0], changes.get(MANAGER)
    reference, how = _mapped(evidence, number, rule)
    found = evidence.directory.index.find(reference) if reference else None
    against = _against(evidence, number, found) if reference else how
    present = evidence.planning.managers.present(user) if user else None
    key = None if found in {None, AMBIGUOUS} else evidence.persons[found or 0].key
    same = present.key == key if present and key else not reference and present is None
    outcome = "left as it is in Asana" if user else "not set"
    if not (reference and against):
        outcome = _outcome(
            user,
            change,
            spared,
            value=reference,
            same=same,
            on_create=rule.policy.on == "create",
        )
    shown = user.attributes.get(MANAGER) if user else None
    return ManagerSeen(
        rule=rule.origin,
        source=_source(rule),
        reference=reference,
        outcome=outcome,
        manager=key or None,
        origin=evidence.persons[found].origin if key and found is not None else None,
        why=against,
        current=present.user_name if present else shown,
        change=change,
    )


def _against(evidence: Evidence, number: int, found: int | None) -> str:
    """Why the manager cannot be set; empty where nothing is against it."""
    standing = evidence.directory.standing
    if objection := objection_to(found, number, not_managers(standing)):
        return objection
    key = evidence.persons[found].key if found is not None else UserKey("")
    if evidence.planning.managers.target(key) is None:
        return "is not going to be in Asana"
    return ""
