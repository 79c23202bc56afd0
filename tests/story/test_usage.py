"""A command line that cannot be understood: one line says why, one says what to do."""

import pytest

from tests.story.harness import House


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        (("nonsense",), "no such command 'nonsense'", "'syncer --help' lists them"),
        (("pln",), "no such command 'pln'", "did you mean 'plan'?"),
        (("sandbox", "rest"), "no such command 'rest'", "did you mean 'reset'?"),
        (("plan", "--fromat", "json"), "no such option '--fromat'", "did you mean '--format'?"),
        (("plan", "--xyz"), "no such option '--xyz'", "'syncer plan --help' lists them"),
        (
            ("plan", "--format", "yaml"),
            "invalid value for '--format': 'yaml' is not one of",
            "'syncer plan --help' says what it takes",
        ),
        (("show",), "missing argument", "'syncer show --help' says what it takes"),
        (("apply", "a", "b"), "got unexpected extra argument", "'syncer apply --help' says"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_click_refuses_is_told_as_everything_else(
    house: House, arguments: tuple[str, ...], said: str, hint: str
) -> None:
    ended = house.syncer(*arguments)
    assert ended.code == 64
    assert not ended.out
    first, second = ended.err.splitlines()
    assert first.startswith(f"error: {said}")
    assert second.startswith(f"  hint: {hint}")


def test_a_group_without_a_command_shows_its_help(house: House) -> None:
    ended = house.syncer("sandbox")
    assert ended.code == 64
    assert "Commands:" in ended.out + ended.err
