"""Which form of PATCH is sent first, and what becomes of the other one."""

from typing import Any

import pytest

from syncer.model.errors import NotFoundError, RejectedError
from tests.asana.build import Script, answer, client, operations, run

REFUSED = answer({"detail": "first"}, 400)
REFUSED_AGAIN = answer({"detail": "second"}, 400)
DONE = answer(None, 204)


def forms(script: Script) -> list[bool]:
    bodies = [operations(script.body(index)) for index in range(len(script.requests))]
    return ["path" in body[0] for body in bodies]


async def two_updates(script: Script, **settings: Any) -> None:
    async with client(script, **settings) as asana:
        await asana.update_user("1", {"title": "Lead"})
        await asana.update_user("1", {"title": "Boss"})


def test_users_are_patched_without_a_path_as_documented() -> None:
    script = Script(DONE)
    run(two_updates(script))
    assert forms(script) == [False, False]


def test_the_other_form_is_tried_and_kept_when_it_works() -> None:
    script = Script(REFUSED, DONE)
    run(two_updates(script))
    assert forms(script) == [False, True, True]


def test_both_refused_means_that_the_value_is_at_fault() -> None:
    async def story() -> None:
        async with client(script) as asana:
            for _ in range(2):
                with pytest.raises(RejectedError, match="first"):
                    await asana.update_user("1", {"title": "Lead"})

    script = Script(REFUSED, REFUSED_AGAIN, REFUSED)
    run(story())
    assert forms(script) == [False, True, False]


def test_a_form_that_worked_once_is_not_doubted() -> None:
    async def story() -> None:
        async with client(script) as asana:
            await asana.set_active("1", active=False)
            with pytest.raises(RejectedError):
                await asana.set_active("2", active=False)

    script = Script(DONE, REFUSED)
    run(story())
    assert forms(script) == [False, False]


def test_another_refusal_is_not_about_the_form() -> None:
    async def story() -> None:
        async with client(script) as asana:
            with pytest.raises(NotFoundError):
                await asana.set_active("1", active=False)

    script = Script(answer(None, 404))
    run(story())
    assert forms(script) == [False]


def test_teams_are_patched_with_a_path_as_documented() -> None:
    async def story() -> None:
        async with client(script) as asana:
            await asana.rename_team("1", "Team")

    script = Script(answer(None, 501), DONE)
    run(story())
    assert forms(script) == [True, False]
    assert operations(script.body(0)) == [
        {"op": "replace", "path": "displayName", "value": "Team"}
    ]
    assert operations(script.body(1)) == [{"op": "replace", "value": {"displayName": "Team"}}]


def test_a_form_that_the_settings_name_is_the_only_one() -> None:
    script = Script(REFUSED)
    with pytest.raises(RejectedError):
        run(two_updates(script, patch_form="with_path"))
    assert forms(script) == [True]
