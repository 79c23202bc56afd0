"""The sections of a plan: how many people stand in one, and in which order."""

from syncer.model.actions import FieldChange, UpdateUser
from syncer.render.sections import sections


def renamed(ref: str, scim_id: str, before: str, after: str) -> UpdateUser:
    change = FieldChange("userName", before, after)
    return UpdateUser(ref=ref, reason="", user_name=before, scim_id=scim_id, changes=(change,))


def test_somebody_with_two_changes_of_address_is_one_person() -> None:
    actions = (
        renamed("temporary_address:a", "1", "b@example.com", "swap@example.com"),
        renamed("update_user:b", "2", "a@example.com", "b@example.com"),
        renamed("update_user:a", "1", "swap@example.com", "a@example.com"),
    )
    (section,) = sections(actions)
    assert section.title == "Change the address of 2 people"
    assert len(section.actions) == len(actions)


def test_changes_of_addresses_stand_as_they_are_carried_out() -> None:
    actions = (
        renamed("update_user:c", "2", "b@example.com", "c@example.com"),
        renamed("update_user:b", "1", "a@example.com", "b@example.com"),
    )
    (section,) = sections(actions)
    assert [action.ref for action in section.actions] == ["update_user:c", "update_user:b"]
