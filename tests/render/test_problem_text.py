"""Problems by file and line, with what to do, and their number at the end."""

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.model.origin import Origin, Problem, Size
from syncer.render.characters import harmless
from syncer.render.text import render_problems
from tests.render import golden
from tests.render.laws import stands_still, texts

MIXED = (
    Problem(
        Origin("people.csv", 44),
        "ann@example.com appears twice (first at people.csv:4)",
        "remove one of the rows",
        "mail",
        Size.RECORD,
        ("ann@example.com",),
    ),
    Problem(
        Origin("syncer.yaml", 3),
        "unknown key 'guards.deactivation'",
        "did you mean 'deactivate'?",
    ),
    Problem(
        Origin("people.csv", 4), "'ann(at)example.com' is no address", "", "mail", Size.RECORD
    ),
    Problem(Origin("people.csv", 2), "the column phone is not used", size=Size.NOTICE),
    Problem(None, "the environment variable ASANA_SCIM_TOKEN is empty", "set it to the token"),
)


def test_problems_stand_by_file_and_line() -> None:
    text = render_problems(MIXED)
    stands_still(text, 80)
    golden.agrees("problems", text)


def test_no_problems_are_no_text() -> None:
    assert render_problems(()) == ""


def test_a_long_list_is_folded_by_file() -> None:
    many = [Problem(Origin("people.csv", n), "no address", size=Size.RECORD) for n in range(1, 91)]
    text = render_problems([*many, *MIXED[1:2]])
    assert "people.csv:50: no address\npeople.csv: ... and 40 more\nsyncer.yaml:3:" in text
    assert text.endswith(
        "91 problems in 2 files: 1 stops the run and 90 leave a person or team unknown\n"
    )


def test_the_noun_is_the_callers() -> None:
    notice = Problem(Origin("people.csv", 2), "odd", size=Size.NOTICE)
    assert render_problems([notice], noun="notice").endswith("1 notice\n")


@given(
    st.lists(
        st.builds(
            Problem,
            st.none() | st.builds(Origin, texts, st.none() | st.integers(1, 999)),
            texts,
            texts,
            texts,
            st.sampled_from(Size),
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(deadline=None, derandomize=True, max_examples=100)
def test_whatever_is_wrong_it_fits_and_stands_still(problems: list[Problem]) -> None:
    places = {f"{harmless(str(p.origin))}:".strip() for p in problems if p.origin}
    stands_still(render_problems(problems), 80, places=places)
