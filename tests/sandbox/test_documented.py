"""Every documented exchange, and every request that the documentation gives no right to."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.talking import CASES, play, tenant


def cases() -> Iterator[Any]:
    for path in sorted((CASES / "documented").glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}: {case['title']}")


@pytest.mark.parametrize("case", list(cases()))
def test_strict_answers_as_documented(case: dict[str, Any]) -> None:
    play(tenant(**case.get("state", {})), case["exchanges"])
