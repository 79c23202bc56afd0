"""What a header suggests: real exports, their traps, and never more than is known."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.guess import EXPECTED, Guess, guess_mapping
from syncer.core.language.expressions import Expression, text_source
from syncer.core.names import attribute_key
from syncer.model.state import ATTRIBUTES

CASES = sorted((Path(__file__).parent / "cases" / "guess").glob("*.json"))
HEADERS: dict[str, list[str]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))["header"] for path in CASES
}


def guess_of(headers: list[str]) -> Guess:
    return guess_mapping({attribute_key(header): header for header in headers})


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_header_suggests_what_its_export_means(path: Path) -> None:
    """Each case says why; a key that is not in its `guess` is empty."""
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    guess = guess_of(case["header"])
    assert case["why"].endswith(".")
    found = {
        "mapping": guess.mapping,
        "key": guess.key,
        "active": guess.active,
        "groups": guess.groups,
        "previous": guess.previous,
        "columns": guess.columns,
        "exclude": [expression for expression, _ in guess.exclude],
        "notes_on": sorted(guess.notes),
        "missing": list(guess.missing),
    }
    assert {name: value for name, value in found.items() if value} == case["guess"]


def every_header() -> list[str]:
    return sorted({header for headers in HEADERS.values() for header in headers})


@given(st.lists(st.sampled_from(every_header()), unique_by=attribute_key, max_size=40))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_a_guess_speaks_only_of_what_is_there(headers: list[str]) -> None:
    """Every name in it is a header or a rename of one, and all its texts compile."""
    guess = guess_of(headers)
    known = {attribute_key(header) for header in headers} - {
        attribute_key(header) for header in guess.columns.values()
    }
    known |= {attribute_key(name) for name in guess.columns}
    assert set(guess.columns.values()) <= set(headers)
    named = {name for source in guess.mapping.values() for name in text_source(source).names}
    for expression in (*(text for text, _ in guess.exclude), *filter(None, [guess.active])):
        named |= set(Expression(expression).names)
    named |= {attribute_key(name) for name in (guess.key, guess.groups, guess.previous) if name}
    assert named <= known
    assert list(guess.mapping) == [name for name in ATTRIBUTES if name in guess.mapping]
    assert set(guess.missing) == set(EXPECTED) - set(guess.mapping)


@given(st.permutations(HEADERS["workday-feed"]))
@settings(deadline=None, derandomize=True, max_examples=30)
def test_the_order_of_columns_does_not_matter(headers: list[str]) -> None:
    assert guess_of(headers) == guess_of(HEADERS["workday-feed"])
