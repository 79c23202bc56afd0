"""A team may be called anything; its file is called what every file system takes."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.names import team_key
from syncer.render.file_names import file_stem

LAW = settings(deadline=None, derandomize=True, max_examples=300)
NAMES = st.one_of(st.text(max_size=80), st.text("abz -_./\\&áü", max_size=8))


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Engineering", "engineering"),
        ("Dry Dock 2", "dry-dock-2"),
        ("Dry-Dock 2", "dry-dock-2-"),
        ("Growth & Sales", "growth-sales-"),
        ("Vertrieb Süd", "vertrieb-sud-"),
        ("エンジニア", "team-"),
        ("..", "team-"),
        ("../../etc/passwd", "etc-passwd-"),
        ("C:\\Windows", "c-windows-"),
        ("CON", "con-"),
        ("com1", "com1-"),
        ("nul\x00", "nul-"),
        (".hidden", "hidden-"),
        ("-rf", "rf-"),
        ("n" * 300, "n" * 60 + "-"),
    ],
)
def test_names_of_files(name: str, stem: str) -> None:
    found = file_stem(team_key(name))
    digest = "[0-9a-f]{12}" if stem.endswith("-") else ""
    assert re.fullmatch(re.escape(stem) + digest, found), found


@LAW
@given(NAMES, NAMES)
def test_no_two_teams_share_a_file(one: str, other: str) -> None:
    first, second = file_stem(team_key(one)), file_stem(team_key(other))
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,80}", first)
    assert (first == second) == (team_key(one) == team_key(other))
