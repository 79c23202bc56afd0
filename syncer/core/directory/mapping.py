"""From a directory person to what Asana should hold of that person.

Every value is one line of composed text. A value that Asana could not take makes the person
unknown; it is never cut or dropped to make it fit.
"""

from collections.abc import Collection
from typing import Final

from syncer.core.directory.merge import Person
from syncer.core.directory.rules import AttributeRule, Rules
from syncer.core.language.expressions import AttributeText, EvaluationError, GroupNames
from syncer.core.language.filters import as_list, as_text
from syncer.core.names import clean
from syncer.core.rules_check import LONGEST_VALUE
from syncer.model.directory import Value
from syncer.model.origin import Problem, Size

ROLES: Final = "roles"
_MOST_REMEMBERED: Final = 10_000
_NOT_MET: Final = "\0"
"""No text of a rule, which holds no control characters."""


class UnmappableError(ValueError):
    """A value of one person that cannot be mapped."""

    def __init__(self, summary: str, hint: str = "", column: str = "") -> None:
        super().__init__(summary)
        self.hint = hint
        self.column = column


class Mapper:
    """The mapping, for everybody in turn.

    What a rule makes of one directory attribute is remembered by its value, since departments and
    titles repeat.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules: list[tuple[str, AttributeRule, str | None, dict[Value, str | None]]] = [
            (
                rule.attribute,
                rule,
                rule.source.key if isinstance(rule.source, AttributeText) else None,
                {},
            )
            for rule in rules.attributes
        ]

    def map(self, person: Person, groups: GroupNames) -> dict[str, str]:
        """The managed attributes of a person, without userName. Raises UnmappableError.

        The manager is still a reference as written. An empty value gives the rule's default, else
        "" where the rule clears, else nothing: the attribute is then left as Asana has it.
        """
        attributes: dict[str, str] = {}
        given = person.attributes
        for attribute, rule, key, known in self._rules:
            if key is None:
                text = mapped_text(rule, person, groups)
            else:
                value = given.get(key, "")
                text = known.get(value, _NOT_MET)
                if text is _NOT_MET:
                    text = _or_default(rule, _one_line(rule, value))
                    if len(known) < _MOST_REMEMBERED:
                        known[value] = text
            if text is not None:
                attributes[attribute] = text
        return attributes


def mapped_text(rule: AttributeRule, person: Person, groups: GroupNames) -> str | None:
    """What one rule gives: a text to set, "" to clear, None to leave alone.

    Raises UnmappableError.
    """
    return _or_default(rule, source_text(rule, person, groups))


def check_address(rules: Rules, person: Person, domains: Collection[str]) -> None:
    """Raises UnmappableError when the person's userName is not one that Asana takes.

    `domains` are those of the organization, case-folded; a subdomain is another domain, as it
    is for Asana. None at all means any.
    """
    column = rules.user_name.column
    if not person.address:
        try:
            rules.user_name.source.read(person.attributes)
        except EvaluationError as error:
            raise UnmappableError(str(error), column=column) from None
        raise UnmappableError(
            "no address",
            "fill it in, or exclude such records in scope",
            column,
        )
    if not person.key:
        raise UnmappableError(
            f"'{person.address}' is no e-mail address",
            "correct it, or exclude such records in scope",
            column,
        )
    if domains and person.key.rpartition("@")[2] not in domains:
        raise UnmappableError(
            f"{person.address} is outside asana.domains ({', '.join(sorted(domains))})",
            "exclude such people in scope, or add the domain if it is the organization's",
            column,
        )


def problem_of(person: Person, error: UnmappableError) -> Problem:
    """The record-level problem of a person who cannot be mapped."""
    named = (person.address if person.key else "", person.directory_key or "", *person.aliases)
    return Problem(
        person.origin,
        str(error),
        error.hint,
        column=error.column,
        size=Size.RECORD,
        identity=tuple(name for name in named if name),
    )


def source_text(rule: AttributeRule, person: Person, groups: GroupNames) -> str:
    """What the directory gives for one rule, before any default. Raises UnmappableError."""
    try:
        value = rule.source.read(person.attributes, groups)
    except EvaluationError as error:
        raise UnmappableError(str(error), column=rule.column) from None
    return _one_line(rule, value)


def _one_line(rule: AttributeRule, value: Value) -> str:
    """A value as it would be sent. Raises UnmappableError."""
    if isinstance(value, str):
        text = clean(value)
    elif rule.attribute == ROLES:
        text = ",".join(filter(None, (clean(as_text(one)) for one in as_list(value))))
    else:
        text = clean(as_text(value))
    if len(text) > LONGEST_VALUE:
        raise UnmappableError(
            f"{rule.attribute} would have {len(text)} characters",
            f"at most {LONGEST_VALUE} are sent; is it the right column?",
            rule.column,
        )
    return text


def _or_default(rule: AttributeRule, text: str) -> str | None:
    if not text and rule.policy.default is not None:
        text = clean(rule.policy.default)
    return text if text or rule.policy.clear else None
