"""What one action asks of Asana, and what it makes of the answers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.apply.identities import Identities, UnresolvedError
from syncer.core.names import user_key
from syncer.model.actions import Action, FieldChange
from syncer.model.errors import (
    AsanaError,
    AuthenticationError,
    ConflictError,
    NotFoundError,
    RejectedError,
    ThrottledError,
    UnreachableError,
    UnreadableError,
)
from syncer.model.outcome import Result
from syncer.model.state import CurrentUser
from tests.apply.asked import LOST, Asked, rejected
from tests.apply.builders import (
    create,
    deactivate,
    grant,
    new_team,
    reactivate,
    rename_team,
    title,
    update,
)
from tests.apply.fake_asana import FakeAsana


@pytest.mark.parametrize(
    "error",
    [LOST, UnreadableError("HTML instead of JSON"), rejected(502)],
    ids=["no answer", "unreadable answer", "server error"],
)
def test_a_create_with_a_lost_answer_is_looked_up_and_adopted(
    error: AsanaError, tmp_path: Path
) -> None:
    asana = FakeAsana().fail("create_user", error, committed=True)
    asked = Asked(create("a@example.com", title="A"), asana, tmp_path)
    assert asked.result is Result.APPLIED
    assert asked.detail == "the answer was lost, a lookup found it: adopted"
    # Most probably it is our own.
    assert not asked.outcome.adopted
    assert asked.outcome.scim_id == "101"
    assert [call[0] for call in asana.calls] == ["create_user", "find_user"]
    assert asked.attempts.sent == 2


def test_a_create_that_did_not_arrive_is_repeated_after_a_lookup(tmp_path: Path) -> None:
    asana = FakeAsana().fail("create_user", LOST)
    asked = Asked(create("a@example.com"), asana, tmp_path)
    assert (asked.result, asked.detail) == (Result.APPLIED, "")
    assert [call[0] for call in asana.calls] == ["create_user", "find_user", "create_user"]


def test_an_address_that_is_taken_after_a_lost_answer_may_be_by_ourselves(tmp_path: Path) -> None:
    class Slow(FakeAsana):
        """Shows a new user only at the second lookup."""

        looked = 0

        async def find_user(self, user_name: str) -> CurrentUser | None:
            self.looked += 1
            return await super().find_user(user_name) if self.looked > 1 else None

    asana = Slow().fail("create_user", LOST, committed=True)
    asked = Asked(create("a@example.com"), asana, tmp_path)
    assert (asked.result, asked.detail) == (Result.APPLIED, "already there: adopted")
    assert not asked.outcome.adopted


def test_a_create_that_never_arrives_fails_after_the_allowed_attempts(tmp_path: Path) -> None:
    asana = FakeAsana().fail("create_user", LOST, times=9)
    asked = Asked(create("a@example.com"), asana, tmp_path)
    assert asked.result is Result.FAILED
    assert asked.detail.endswith("a lookup shows that the user was not created")
    assert len(asana.writes) == 2


def test_a_create_that_was_never_sent_is_not_looked_up(tmp_path: Path) -> None:
    asana = FakeAsana().fail("create_user", UnreachableError("no route", sent=False))
    with pytest.raises(UnreachableError):
        Asked(create("a@example.com"), asana, tmp_path)
    assert [call[0] for call in asana.calls] == ["create_user"]


def test_a_user_who_is_there_already_is_adopted_and_differences_are_told(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("7", "A@example.com", title="old")
    asked = Asked(create("a@example.com", title="new"), asana, tmp_path)
    assert asked.result is Result.APPLIED
    assert asked.outcome.scim_id == "7"
    assert asked.outcome.adopted
    assert asked.detail == (
        "already there: adopted; title is 'old' instead of 'new': the next plan updates it"
    )


class Answering(FakeAsana):
    """Answers every create with user 7, as a server may whose create is "if not there"."""

    async def create_user(self, *_: object) -> CurrentUser:
        return self.users["7"]


def test_a_create_answered_with_somebody_who_differs_says_so(tmp_path: Path) -> None:
    asana = Answering().with_user("7", "A@example.com", title="old", manager="Bob Boss")
    wanted = create("a@example.com", title="new", department="D", manager="bob@example.com")
    known = Identities(users={user_key("bob@example.com"): "9"})
    asked = Asked(wanted, asana, tmp_path, identities=known)
    assert (asked.result, asked.outcome.scim_id) == (Result.APPLIED, "7")
    assert asked.detail == (
        "answered with a user who differs, probably there before: adopted; department is empty "
        "instead of 'D'; title is 'old' instead of 'new': the next plan updates it"
    )


def test_a_create_answered_with_little_is_taken_at_its_word(tmp_path: Path) -> None:
    asana = Answering().with_user("7", "a@example.com", manager="Bob Boss", license="view only")
    wanted = create("a@example.com", license_name="enterprise", title="new")
    assert Asked(wanted, asana, tmp_path).detail == ""


def test_a_create_answered_with_another_user_is_no_success(tmp_path: Path) -> None:
    asana = Answering().with_user("7", "ann.main@example.com")
    asked = Asked(create("alias@example.com"), asana, tmp_path)
    assert (asked.result, asked.outcome.scim_id) == (Result.FAILED, None)
    assert "another user, ann.main@example.com (id 7)" in asked.detail


def test_a_taken_address_that_nobody_shows_is_explained(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("7", "a@example.com")
    asana.hidden.add("7")
    asked = Asked(create("a@example.com"), asana, tmp_path)
    assert asked.result is Result.FAILED
    assert "probably a guest, an invitation or somebody deprovisioned" in asked.detail
    assert len(asana.writes) == 1


def test_a_deactivated_holder_of_the_address_is_not_adopted(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("7", "a@example.com")
    asana.users["7"] = CurrentUser("7", "a@example.com", asana.users["7"].key, active=False)
    asked = Asked(create("a@example.com"), asana, tmp_path)
    assert asked.result is Result.FAILED
    assert "invite the person again" in asked.detail


@pytest.mark.parametrize("make", [create, new_team], ids=["user", "team"])
def test_a_lookup_that_fails_too_leaves_the_doubt_in_words(
    make: Callable[[str], Action], tmp_path: Path
) -> None:
    asana = FakeAsana().fail("create_user", LOST).fail("create_team", LOST)
    asana.fail("find_user", rejected(500)).fail("find_teams", rejected(500))
    with pytest.raises(UnreadableError, match="whether it was created is unknown"):
        Asked(make("a@example.com"), asana, tmp_path)


@pytest.mark.parametrize("error", [AuthenticationError("401", status=401),
                                   ThrottledError("429", status=429)], ids=str)  # fmt: skip
def test_a_lookup_that_is_refused_for_all_ends_everything(
    error: AsanaError, tmp_path: Path
) -> None:
    asana = FakeAsana().fail("create_user", LOST).fail("find_user", error)
    with pytest.raises(type(error)):
        Asked(create("a@example.com"), asana, tmp_path)


def test_the_licence_of_a_new_user_is_asked_for_with_the_create(tmp_path: Path) -> None:
    asana = FakeAsana()
    asked = Asked(create("a@example.com", license_name="view only"), asana, tmp_path)
    assert asana.users["101"].license == "view only"
    assert asked.journal.entries[1]["after"] == {
        "userName": "a@example.com",
        "userType": "view only",
    }


def test_a_team_with_a_lost_answer_is_adopted_and_never_created_twice(tmp_path: Path) -> None:
    asana = FakeAsana().fail("create_team", LOST, committed=True)
    asked = Asked(new_team("Ops"), asana, tmp_path)
    assert (asked.result, asked.outcome.scim_id) == (Result.APPLIED, "101")
    assert len(asana.teams) == 1


def test_a_team_that_did_not_arrive_is_left_to_the_next_plan(tmp_path: Path) -> None:
    asana = FakeAsana().fail("create_team", LOST)
    asked = Asked(new_team("Ops"), asana, tmp_path)
    assert asked.result is Result.FAILED
    assert asked.detail.endswith("a lookup shows no team of this name")
    assert len(asana.writes) == 1


def test_a_taken_team_name_is_adopted_when_it_is_clear_whose_it_is(tmp_path: Path) -> None:
    taken = ConflictError("409", status=409)
    asana = FakeAsana().with_team("9", "ops").fail("create_team", taken)
    assert Asked(new_team("Ops"), asana, tmp_path).detail == "already there: adopted"


def test_several_teams_of_one_name_are_nobody(tmp_path: Path) -> None:
    asana = FakeAsana().with_team("8", "Ops").with_team("9", "Ops")
    asana.fail("create_team", ConflictError("409", status=409))
    asked = Asked(new_team("Ops"), asana, tmp_path)
    assert (asked.result, asked.detail) == (Result.FAILED, "there are 2 teams of this name: 409")


def test_a_refused_team_is_not_looked_up(tmp_path: Path) -> None:
    asana = FakeAsana().fail("create_team", rejected(400))
    with pytest.raises(RejectedError):
        Asked(new_team("Ops"), asana, tmp_path)
    assert len(asana.calls) == 1


def test_who_is_gone_already_counts_as_deactivated(tmp_path: Path) -> None:
    asked = Asked(deactivate("a@example.com", "1"), FakeAsana(), tmp_path)
    assert (asked.result, asked.detail) == (Result.APPLIED, "already gone")


def test_who_is_gone_cannot_be_reactivated(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Asked(reactivate("a@example.com", "1"), FakeAsana(), tmp_path)


def test_a_reactivation_is_one_request(tmp_path: Path) -> None:
    asana = FakeAsana().with_user("1", "a@example.com")
    asana.users["1"] = CurrentUser("1", "a@example.com", asana.users["1"].key, active=False)
    assert Asked(reactivate("a@example.com", "1"), asana, tmp_path).result is Result.APPLIED
    assert asana.users["1"].active


def test_an_update_of_who_is_gone_fails(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Asked(update("a@example.com", "1", title("a", "b")), FakeAsana(), tmp_path)


def test_a_manager_who_has_no_id_is_not_sent(tmp_path: Path) -> None:
    asana = FakeAsana()
    with pytest.raises(UnresolvedError):
        Asked(create("a@example.com", manager="boss@example.com"), asana, tmp_path)
    assert asana.calls == []


def test_the_journal_has_before_and_after_of_each_kind(tmp_path: Path) -> None:
    cases: list[tuple[Action, dict[str, object], dict[str, object]]] = [
        (
            update("a@example.com", "1", title("A", None), FieldChange("userName", "a", "b")),
            {"title": "A", "userName": "a"},
            {"title": None, "userName": "b"},
        ),
        (
            grant("a@example.com", "1", None, "enterprise"),
            {"userType": None},
            {"userType": "enterprise"},
        ),
        (deactivate("a@example.com", "1"), {"active": True}, {"active": False}),
        (rename_team("9", "Eng", "Ops"), {"displayName": "Eng"}, {"displayName": "Ops"}),
    ]
    for number, (action, before, after) in enumerate(cases):
        asana = FakeAsana().with_user("1", "a@example.com").with_team("9", "Eng")
        asked = Asked(action, asana, tmp_path / str(number))
        intent, answer = asked.journal.entries[1:3]
        assert (intent["before"], intent["after"]) == (before, after)
        assert intent["kind"] == action.kind
        assert (answer["entry"], answer["attempt"], answer["accepted"]) == ("answer", 1, True)
        # The outcome is for the executor to write down.
        assert asked.journal.doubtful == (action.ref,)
