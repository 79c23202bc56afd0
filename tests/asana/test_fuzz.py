"""Whatever comes over the wire: a state that can be trusted, or an error of our tree."""

import contextlib
import json
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.asana.reader import read_current
from syncer.asana.settings import RetryPolicy
from syncer.core.names import team_key
from syncer.model.errors import AsanaError
from syncer.model.state import CurrentState
from tests.asana.build import LIST_RESPONSE, client, run

TWICE = RetryPolicy(attempts=2)
SCALARS = st.none() | st.booleans() | st.integers(-5, 10**12) | st.text(max_size=4)
JSON = st.recursive(
    SCALARS,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=4), parts),
    max_leaves=5,
)
IDS = st.sampled_from(["1", "2", 3, "3", "", None]) | SCALARS
RESOURCES = st.fixed_dictionaries(
    {},
    optional={
        "id": IDS,
        "userName": st.sampled_from(["a@example.com", "A@example.com"]) | JSON,
        "active": st.booleans() | st.sampled_from(["False", "true"]) | JSON,
        "displayName": st.sampled_from(["Eng", "eng", "Sales"]) | JSON,
        "members": st.lists(st.fixed_dictionaries({"value": IDS}), max_size=2) | JSON,
        "name": st.fixed_dictionaries({"formatted": JSON}) | JSON,
        "addresses": st.lists(JSON, max_size=2) | JSON,
        "userType": st.sampled_from(["enterprise", "view only"]) | JSON,
    },
)
LISTINGS = st.fixed_dictionaries(
    {"Resources": st.lists(RESOURCES | JSON, max_size=4)},
    optional={"totalResults": st.integers(0, 4) | JSON, "schemas": st.just([LIST_RESPONSE])},
)
DOCUMENTS = (LISTINGS | RESOURCES | JSON).map(lambda document: json.dumps(document).encode())
CONTENTS = DOCUMENTS | st.binary(max_size=40) | DOCUMENTS.map(lambda content: content[:-1])
STATUSES = st.sampled_from([200] * 12 + [201, 204, 301, 400, 401, 404, 429, 500, 503])
HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "Location", "Asana-Change", "ETag", "Content-Type"]),
    st.sampled_from(["1", "soon", "", "99999", "http://[", "text/html", 'W/"1"']),
    max_size=2,
)
ANSWERS = st.lists(
    st.builds(
        lambda status, headers, content: (status, headers, content), STATUSES, HEADERS, CONTENTS
    ),
    max_size=8,
)


def play(answers: list[tuple[int, dict[str, str], bytes]]) -> Any:
    script: Iterator[tuple[int, dict[str, str], bytes]] = chain(
        answers, repeat((200, {}, b'{"totalResults": 0}'))
    )

    def serve(_request: httpx.Request) -> httpx.Response:
        status, headers, content = next(script)
        return httpx.Response(status, headers=headers, content=content)

    return serve


@settings(deadline=None, derandomize=True, max_examples=70)
@given(ANSWERS)
def test_reading_gives_a_valid_state_or_an_error_of_ours(
    answers: list[tuple[int, dict[str, str], bytes]],
) -> None:
    async def story() -> CurrentState:
        async with client(play(answers), policy=TWICE, read_only=True) as asana:
            return await read_current(asana, frozenset({team_key("Eng")}))

    with contextlib.suppress(AsanaError):
        state = run(story())
        ids = [user.id for user in state.users]
        assert len(ids) == len(set(ids))
        assert all(user.key and user.user_name for user in state.users)
        assert not {user.id for user in state.unreadable} & set(ids)


CALLS = st.sampled_from(
    ["find_user", "find_teams", "get_user", "get_team", "create_user", "create_team",
     "set", "clear", "address", "set_active", "rename_team", "change_members"]
)  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=90)
@given(CALLS, ANSWERS)
def test_no_call_raises_anything_else(
    call: str, answers: list[tuple[int, dict[str, str], bytes]]
) -> None:
    async def story() -> None:
        async with client(play(answers), policy=TWICE) as asana:
            match call:
                case "create_user":
                    await asana.create_user("a@example.com", {"title": "T"}, None)
                case "set":
                    await asana.update_user("1", {"title": "T"})
                case "clear":
                    await asana.update_user("1", {"phone": None, "manager": None})
                case "address":
                    await asana.update_user("1", {"country": "DE"})
                case "set_active":
                    await asana.set_active("1", active=False)
                case "rename_team":
                    await asana.rename_team("1", "Eng")
                case "change_members":
                    await asana.change_members("1", ["2"], ["3"])
                case _:
                    await getattr(asana, call)("1")

    with contextlib.suppress(AsanaError):
        run(story())
