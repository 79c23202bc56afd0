"""Regular expressions of a config: which are taken, and which could run for ever."""

import pytest

from syncer.core.language.patterns import LONGEST_SUBJECT, bounded, compile_pattern


@pytest.mark.parametrize(
    "text",
    [
        "asana-team-(?P<name>.+)",
        r"^(\w+)\.(\w+)@(.*)$",
        "(?:eng|ops)-[a-z(|)+*]+",
        "(ab)?c{2,3}(?=x)",
        r"\(a+\)+",
        "(a|b){1}",
        "(a+)?",
        "(a+){0,1}",
        "{}",
        "[]a]+",
        "(?>a+)b",
        "((a)b)+",
        "a{,3}" * 5,
        "a?" * 20,
        "(?:north|south|east|west)-(?:one|two)",
        r"^\w{1,64}@\w{1,64}\.\w{2,9}$",
    ],
)
def test_patterns_taken(text: str) -> None:
    assert compile_pattern(text).pattern == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(", "is no regular expression"),
        ("(a+)+", "a repeated group holds"),
        ("(a|ab)*", "a repeated group holds"),
        ("((a*)b)+", "a repeated group holds"),
        ("(?:x{1,50}){1,50}", "a repeated group holds"),
        ("(a+){2,}", "a repeated group holds"),
        ("a*a*a*a*a*b", "5 unbounded repeats"),
        ("(a?a?)*b", "a repeated group holds"),
        ("(?:a?a?){1,1000}b", "a repeated group holds"),
        ("(aa?){3}b{2,3}", "a repeated group holds"),
        ("a?" * 28 + "a" * 28, "in 268,435,456 ways"),
        ("a{0,300}" * 8 + "b", "ways"),
        ("(a|ab|b)?" * 20, "ways"),
        ("a{5000}", "counts further"),
        ("a{99999999999999}", "is no regular expression"),
    ],
)
def test_patterns_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        compile_pattern(text)


def test_letter_case_may_be_ignored() -> None:
    assert compile_pattern("ab", ignore_case=True).fullmatch("AB")
    assert not compile_pattern("ab").fullmatch("AB")


def test_long_texts_are_not_matched() -> None:
    assert bounded("x" * LONGEST_SUBJECT)
    with pytest.raises(ValueError, match="too long for a regular expression"):
        bounded("x" * (LONGEST_SUBJECT + 1))
