"""Lists of resources: the query, the filter, the page, and the ways in which a page can lie."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from syncer.sandbox.filters import Filter
from syncer.sandbox.switches import Switches
from syncer.sandbox.wire import LIST_SCHEMA, Refusal

_SENT_BY_PROVIDERS: Final = frozenset(
    {"filter", "startIndex", "count", "attributes", "excludedAttributes"}
)
_MOST_PARAMETERS: Final = 50

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class View:
    """How one request is answered: its number, and the content troubles that befall it."""

    number: int
    troubles: frozenset[str] = frozenset()


def read_query(
    text: str, switches: Switches, known: frozenset[str] = _SENT_BY_PROVIDERS
) -> Mapping[str, str]:
    """The parameters, decoded. Raises a 400 for repeated and, where so set, unknown ones."""
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS, errors="strict"
        )
    except ValueError:
        raise Refusal(400, "query: cannot be decoded") from None
    query = dict(pairs)
    if len(query) != len(pairs):
        raise Refusal(400, "query: a parameter appears twice")
    unknown = sorted(query.keys() - known)
    if unknown and switches.other_parameters == "reject":
        raise Refusal(400, f"{unknown[0]}: unknown query parameter")
    return query


def select(
    rows: list[_Row], wanted: Filter | None, texts: Mapping[str, Callable[[_Row], str]]
) -> list[_Row]:
    """The rows that the filter matches; all of them without one."""
    if wanted is None:
        return rows
    text_of = texts[wanted.attribute]
    return [row for row in rows if wanted.matches(text_of(row))]


def list_response(
    rows: list[_Row],
    query: Mapping[str, str],
    switches: Switches,
    view: View,
    render: Callable[[_Row], dict[str, Any]],
) -> dict[str, Any]:
    """One ListResponse: `totalResults` speaks of all rows, `Resources` may be a page of them."""
    if switches.order == "shuffled" or "shuffled" in view.troubles:
        order = Random(f"{switches.seed}:{view.number}:order")  # noqa: S311 - repeatable
        rows = order.sample(rows, len(rows))
    answer: dict[str, Any] = {"schemas": [LIST_SCHEMA], "totalResults": len(rows)}
    page = rows
    if switches.paging != "ignores":
        # RFC 7644, section 3.4.2.4: less than 1 counts as 1, a negative count as 0.
        start = max(_whole(query, "startIndex", 1), 1)
        most = max(_whole(query, "count", len(rows)), 0)
        if switches.paging == "capped":
            most = min(most, max(switches.page_cap, 1))
        first = 0 if "ignore_start" in view.troubles else start - 1
        page = rows[first : first + most]
        answer |= {"startIndex": start, "itemsPerPage": len(page)}
    if "short_page" in view.troubles:
        page = page[: (len(page) + 1) // 2]
    if "total_larger" in view.troubles:
        answer["totalResults"] += 3
    if "total_missing" in view.troubles:
        del answer["totalResults"]
    return answer | {"Resources": [render(row) for row in page]}


def _whole(query: Mapping[str, str], key: str, default: int) -> int:
    text = query.get(key)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise Refusal(400, f"{key}: must be a whole number")
    return int(text)
