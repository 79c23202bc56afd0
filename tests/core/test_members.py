"""Members for one reason are a mapping like any other, whoever asks first for what."""

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.model.members import Alike
from syncer.model.state import UserKey

KEYS = st.lists(st.sampled_from("abcdefgh").map(UserKey), unique=True)


@settings(derandomize=True)
@given(keys=KEYS, asked=KEYS)
def test_they_are_a_mapping_of_each_to_the_one_reason(
    keys: list[UserKey], asked: list[UserKey]
) -> None:
    plain = dict.fromkeys(keys, "in group eng")
    alike = Alike(keys, "in group eng")
    assert list(alike) == list(alike.keys()) == keys
    assert len(alike) == len(alike.keys()) == len(keys)
    assert [alike.get(key) for key in asked] == [plain.get(key) for key in asked]
    keys_of = alike.keys()
    assert [key in keys_of for key in asked] == [key in plain for key in asked]
    assert alike == plain
    assert alike.keys() == plain.keys()
    assert alike.keys() & set(asked) == plain.keys() & set(asked)
    assert plain.keys() - alike.keys() == set()
    assert {**alike, **plain} == plain
