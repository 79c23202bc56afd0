"""What is written as YAML is what the readers of sources and of configs read back."""

from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.model.origin import Origin
from syncer.model.policy.directory import DirectoryPolicy
from syncer.render.yaml_text import flow, in_quotes, prose, quoted
from syncer.sources.reading import read_snapshot

LAW = settings(deadline=None, derandomize=True, max_examples=200)
NO_SURROGATES = st.characters(exclude_categories=["Cs"])
TEXTS = st.one_of(
    st.text(NO_SURROGATES),
    st.sampled_from(
        ["00123", "no", "~", "null", "12:30", "1_000", "- a", "# a", "a: b", "\ufeff"]
    ),
)


@LAW
@given(TEXTS)
def test_a_text_is_read_back_as_it_was(text: str) -> None:
    for written in (in_quotes(text), quoted(text), f"[{quoted(text)}]"):
        assert "\n" not in written
        read = yaml.load(f"a: {written}", yaml.BaseLoader)["a"]  # noqa: S506  # texts alone
        assert read == ([text] if written.startswith("[") and written != quoted(text) else text)


def test_our_own_reader_reads_every_value_in_quotes(tmp_path: Path) -> None:
    values = [
        "00123",
        "no",
        "12:30",
        "2026-03-10",
        "null",
        "~",
        "👩\u200d💻",
        "\u202eevil",
        "a\nb",
        "a\x85b\u2028c",
        "'\"\\",
        "# x",
    ]
    lines = [f"  - {{mail: {in_quotes(value)}}}\n" for value in values]
    (tmp_path / "people.yaml").write_text("people:\n" + "".join(lines), encoding="utf-8")
    policy = DirectoryPolicy.model_validate(
        {"people": [{"format": "yaml", "path": "people.yaml"}]}
    )
    reading = read_snapshot(policy, tmp_path, lambda *_: Origin("syncer.yaml"), None).people[0]
    assert [record.attributes["mail"] for record in reading.records] == values


@LAW
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_a_value_of_a_config_is_read_back_as_it_was(value: object) -> None:
    assert yaml.safe_load(f"a: {flow(value)}")["a"] == value


def test_numbers_keep_every_digit() -> None:
    assert [flow(number) for number in (5.0, 0.1, 1234567.5, 7)] == ["5", "0.1", "1234567.5", "7"]


@LAW
@given(st.text())
def test_prose_is_nothing_but_comments(text: str) -> None:
    assert all(line.startswith("  # ") and "\n" not in line for line in prose(text))
