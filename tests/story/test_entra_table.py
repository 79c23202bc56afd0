"""Every row of the tables that translate Entra's mappings and filters is worked out."""

import re
from typing import Any

import pytest
import yaml

from syncer.core.language.expressions import Expression, GroupNames, is_template
from syncer.core.names import attribute_key
from tests.story.told import ROOT

PAGE = (ROOT / "README.md").read_text(encoding="utf-8")

FUNCTIONS = frozenset(
    re.findall(
        r"\w+",
        """
        Append AppRoleAssignmentsComplex BitAnd CBool CDate Coalesce ConvertToBase64
        ConvertToUTF8Hex Count CStr DateAdd DateDiff DateFromNum FormatDateTime Guid
        IgnoreFlowIfNullOrEmpty IIF InStr IsNull IsNullOrEmpty IsPresent IsString Item Join Left
        Mid NormalizeDiacritics Not Now NumFromDate PCase RandomString Redact RemoveDuplicates
        Replace SelectUniqueValue SingleAppRoleAssignment Split StripSpaces Switch ToLower ToUpper
        Word
        """,
    )
)
"""All that Entra documents."""

OPERATORS = (
    *("EQUALS", "NOT EQUALS", "IS TRUE", "IS FALSE", "IS NULL", "IS NOT NULL"),
    *("REGEX MATCH", "NOT REGEX MATCH", "GREATER_THAN", "GREATER_THAN_OR_EQUALS"),
    *("INCLUDES", "ENDS_WITH", "&", "!&"),
)


def table(header: str) -> list[list[str]]:
    """The cells of the table below this header row; code without its quotes."""
    lines = PAGE.partition(f"{header}\n")[2].splitlines()
    rows = []
    for line in lines[1:]:
        if not line.startswith("|"):
            break
        cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
        rows.append([cell.strip().strip("`").replace("\\|", "|") for cell in cells])
    return rows


HERE = table("| in Entra | here | of | gives |")
NOT_HERE = table("| in Entra | not here, because |")
SCOPING = table("| in Entra | here | true of | not of |")


def person(text: str) -> tuple[dict[str, Any], GroupNames]:
    """The attributes and groups of the person written like this."""
    given: dict[str, Any] = yaml.safe_load(text)
    groups = GroupNames(given.pop("groups", ()))
    attributes = {
        attribute_key(name): tuple(value) if isinstance(value, list) else value
        for name, value in given.items()
        if value
    }
    assert all(isinstance(value, str | tuple) for value in attributes.values()), text
    return attributes, groups


@pytest.mark.parametrize(("entra", "here", "given", "gives"), HERE)
def test_a_function_gives_what_is_shown(entra: str, here: str, given: str, gives: str) -> None:
    assert re.fullmatch(r"\w+\(.*\)", entra)
    value = Expression(here).value(*person(given))
    shown = yaml.safe_load(gives)
    assert type(shown) is (list if isinstance(value, tuple) else type(value)), (value, shown)
    assert (list(value) if isinstance(value, tuple) else value) == shown


def test_every_function_of_entra_is_spoken_of_once() -> None:
    translated = {entra.partition("(")[0] for entra, *_ in HERE}
    refused = {name for names, _ in NOT_HERE for name in re.findall(r"\w+", names)}
    assert translated | refused == FUNCTIONS
    assert not translated & refused


@pytest.mark.parametrize(("entra", "here", "inside", "outside"), SCOPING)
def test_a_scoping_operator_tells_as_shown(
    entra: str, here: str, inside: str, outside: str
) -> None:
    assert not is_template(here)
    assert Expression(here).holds(*person(inside)), entra
    assert not Expression(here).holds(*person(outside)), entra


def test_every_scoping_operator_is_there() -> None:
    shown = [entra.split(" ", 1)[1] for entra, *_ in SCOPING]
    for operator, row in zip(OPERATORS, shown, strict=True):
        assert row == operator or row.startswith(f"{operator} ")


def test_what_is_not_there_is_true_of_negations_alone() -> None:
    true_of_nothing = {entra.split(" ", 1)[1] for entra, here, *_ in SCOPING if holds(here)}
    assert true_of_nothing == {
        "NOT EQUALS Sales",
        "IS FALSE",
        "IS NULL",
        "NOT REGEX MATCH ^(R&D|IT)",
        '!& "Sales, HR"',
    }


def holds(here: str) -> bool:
    return Expression(here).holds({})
