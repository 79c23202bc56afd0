"""Whether the directory calls an account active.

Without an expression in the config, the attributes that directories and their exports use
for it are known here, with every value they may hold. A value that is not known is doubt and
never a guess: the person becomes unknown.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from syncer.core.language.expressions import Attributes, EvaluationError, Expression, GroupNames
from syncer.core.language.filters import NO_WORDS, YES_WORDS, as_text, to_integer
from syncer.core.names import folded

_ACCOUNT_DISABLED: Final = 0x2  # MS-ADTS, section 2.2.16: ADS_UF_ACCOUNT_DISABLE

_EMPLOYED: Final = YES_WORDS | {
    "active",
    "enabled",
    "employed",
    "current",
    "full time",
    "full-time",
    "part time",
    "part-time",
    "permanent",
    "regular",
    "temporary",
    "probation",
    "intern",
    "contractor",
    # Okta's states of people who can work, whatever their password or their factor is at.
    "provisioned",
    "password_expired",
    "password expired",
    "recovery",
    "locked_out",
    "locked out",
}
_NOT_EMPLOYED: Final = NO_WORDS | {
    "inactive",
    "disabled",
    "suspended",
    "blocked",
    "terminated",
    "deactivated",
    "deprovisioned",
    "staged",
    "archived",
    "deleted",
    "left",
    "leaver",
    "former",
    "resigned",
    "retired",
    "unemployed",
    "unactivated",
}

Words = tuple[frozenset[str], frozenset[str]]
_ENABLED_WHEN_TRUE: Final[Words] = (_EMPLOYED, _NOT_EMPLOYED)
_DISABLED_WHEN_TRUE: Final[Words] = (
    NO_WORDS | {"active", "enabled"},
    YES_WORDS | {"blocked", "disabled"},
)

_INDICATORS: Final[Mapping[str, Words]] = {
    "accountenabled": _ENABLED_WHEN_TRUE,
    "accountstatus": _ENABLED_WHEN_TRUE,
    "active": _ENABLED_WHEN_TRUE,
    "employee_status": _ENABLED_WHEN_TRUE,
    "employeestatus": _ENABLED_WHEN_TRUE,
    "employment_status": _ENABLED_WHEN_TRUE,
    "employmentstatus": _ENABLED_WHEN_TRUE,
    "enabled": _ENABLED_WHEN_TRUE,
    "is_active": _ENABLED_WHEN_TRUE,
    "isactive": _ENABLED_WHEN_TRUE,
    "status": _ENABLED_WHEN_TRUE,
    "status[readonly]": _ENABLED_WHEN_TRUE,
    "userstatus": _ENABLED_WHEN_TRUE,
    "worker_status": _ENABLED_WHEN_TRUE,
    "workerstatus": _ENABLED_WHEN_TRUE,
    "accountdisabled": _DISABLED_WHEN_TRUE,
    "archived": _DISABLED_WHEN_TRUE,
    "blockcredential": _DISABLED_WHEN_TRUE,
    "disabled": _DISABLED_WHEN_TRUE,
    "isdisabled": _DISABLED_WHEN_TRUE,
    "is_disabled": _DISABLED_WHEN_TRUE,
    "msds-useraccountdisabled": _DISABLED_WHEN_TRUE,
    "nsaccountlock": _DISABLED_WHEN_TRUE,
    "suspended": _DISABLED_WHEN_TRUE,
    "terminated": _DISABLED_WHEN_TRUE,
}
_CONTROL: Final = "useraccountcontrol"

INDICATORS: Final = frozenset({_CONTROL, *_INDICATORS})
"""The attributes that the default looks at."""

Judge = Callable[[Attributes, GroupNames], str]
"""Why the person is inactive, "" when active. Raises EvaluationError for a doubtful value."""


def activity_judge(expression: Expression | None, names: Iterable[str]) -> Judge:
    """The judge for this config and a directory with these attributes (keys)."""
    if expression is not None:
        return _by_expression(expression)
    known = sorted(INDICATORS & set(names))
    return _by_attributes(tuple(known))


def _by_attributes(names: tuple[str, ...]) -> Judge:
    remembered: dict[tuple[object, ...], str] = {}

    def judge(attributes: Attributes, groups: GroupNames) -> str:
        del groups
        values = tuple([attributes.get(name) for name in names])
        reason = remembered.get(values)
        if reason is None:
            reasons = [
                _indication(name, as_text(value))
                for name, value in zip(names, values, strict=True)
                if value is not None
            ]
            reason = remembered[values] = next(filter(None, reasons), "")
        return reason

    return judge


def _indication(name: str, text: str) -> str:
    if name == _CONTROL:
        try:
            control = to_integer(text)
        except ValueError as error:
            raise EvaluationError(f"userAccountControl: {error}") from None
        return f"userAccountControl is {control}: disabled" if control & _ACCOUNT_DISABLED else ""
    active, inactive = _INDICATORS[name]
    word = folded(text)
    if word in inactive:
        return f"{name} is '{text}'"
    if word in active:
        return ""
    raise EvaluationError(f"'{text}' in {name} says neither active nor inactive")


def _by_expression(expression: Expression) -> Judge:
    spelled = " ".join(expression.source.split())

    def judge(attributes: Attributes, groups: GroupNames) -> str:
        value = expression.value(attributes, groups)
        if isinstance(value, bool):
            return "" if value else f"not active: {spelled}"
        word = folded(as_text(value))
        if word in _EMPLOYED:
            return ""
        if word in _NOT_EMPLOYED:
            return f"not active: {spelled} is '{as_text(value)}'"
        raise EvaluationError(
            f"'{spelled}' gives {as_text(value)!r}, which says neither active nor inactive"
        )

    return judge
