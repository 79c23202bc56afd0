"""Differences of nested documents in words."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from syncer.core.explain import Difference, Document, differences, shown

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(2, 9), st.text("ab", max_size=2))
DOCUMENTS: st.SearchStrategy[Document] = st.recursive(
    st.dictionaries(st.sampled_from("abcd"), LEAVES, max_size=4),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), st.one_of(LEAVES, inner), max_size=4),
    max_leaves=8,
)


def test_equal_documents_have_no_differences() -> None:
    assert differences({"a": {"b": None}}, {"a": {"b": None}}) == ()


def test_each_leaf_is_named_by_its_path_in_order() -> None:
    found = differences(
        {"title": "A", "active": True, "members": {"7": False}, "name": None},
        {"title": "B", "active": False, "members": {"7": True}, "name": "x"},
    )
    assert [str(one) for one in found] == [
        "active is no instead of yes",
        "members.7 is yes instead of no",
        "name is 'x' instead of empty",
        "title is 'B' instead of 'A'",
    ]


def test_documents_without_a_key_in_common_still_name_their_fields() -> None:
    """Where few keys are shared, the library would report one change of the root."""
    assert differences({"a": "1"}, {"b": "2"}) == (
        Difference(("a",), "1", None),
        Difference(("b",), None, "2"),
    )


def test_a_branch_against_nothing_is_told_leaf_by_leaf() -> None:
    expected = (Difference(("a", "b"), "x", None),)
    assert differences({"a": {"b": "x"}}, {}) == expected
    assert differences({"a": {"b": "x"}}, {"a": None}) == expected


def test_an_empty_text_and_none_both_read_as_empty() -> None:
    assert (shown(""), shown(None), shown(7)) == ("empty", "empty", "7")


def test_a_leaf_against_a_branch_is_a_difference() -> None:
    (found,) = differences({"a": False}, {"a": {}})
    assert found.path == ("a",)


def leaves(document: Document, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    found: dict[tuple[str, ...], object] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            found |= leaves(value, (*path, key))
        elif value is not None:
            found[*path, key] = value
    return found


def comparable(left: Document, right: Document) -> bool:
    """Whether no leaf of one side stands where the other has a branch."""
    for key in left.keys() & right.keys():
        one, other = left[key], right[key]
        if isinstance(one, dict) and isinstance(other, dict):
            if not comparable(one, other):
                return False
        elif isinstance(one, dict) != isinstance(other, dict) and None not in (one, other):
            return False
    return True


@given(left=DOCUMENTS, right=DOCUMENTS)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_exactly_the_leaves_that_differ_are_told(left: Document, right: Document) -> None:
    assume(comparable(left, right))
    ours, theirs = leaves(left), leaves(right)
    different = {
        path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)
    }
    assert {one.path for one in differences(left, right)} == different
