"""What the loader takes, what it refuses, and how it says so."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import ErrorDetails

from syncer.config.finding import Finding
from syncer.config.loader import LoadedConfig, load_config
from syncer.config.syntax import syntax_problem
from syncer.config.wording import finding
from syncer.model.errors import UsageError
from syncer.model.policy.config import Config
from syncer.model.policy.directory import CsvSource

CASES = Path(__file__).parent / "cases"
GOOD = sorted((CASES / "good").glob("*.yaml"))
EXPECTED = "#> "
SMALLEST = (CASES / "good" / "the-smallest-config.yaml").read_text(encoding="utf-8")
EVERY_KEY = (CASES / "good" / "every-key-of-the-contract.yaml").read_text(encoding="utf-8")


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "syncer.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(path: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load_config(path)
    return caught.value


def told(path: Path) -> str:
    return "\n".join(str(problem) for problem in refusal(path).problems)


@pytest.mark.parametrize("path", sorted((CASES / "bad").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_problem_is_told_at_once_with_file_and_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is to be said stands at the end of each case, in comments that begin with `#> `."""
    monkeypatch.chdir(path.parent)
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = [line.removeprefix(EXPECTED) for line in lines if line.startswith(EXPECTED)]
    assert expected
    assert told(Path(path.name)) == "\n".join(expected)


@pytest.mark.parametrize(
    "path", sorted((CASES / "bad").glob("*secret*.yaml")), ids=lambda p: p.stem
)
def test_a_secret_is_never_repeated(path: Path) -> None:
    error = refusal(path)
    assert "s3cr3t" not in f"{error} {error.hint} {error.problems!r}"


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.stem)
def test_a_right_config_loads(path: Path) -> None:
    loaded = load_config(path)
    assert isinstance(loaded.config, Config)
    assert loaded.path == path


def test_texts_keep_what_was_written_and_numbers_are_read_as_numbers() -> None:
    config = load_config(CASES / "good" / "words-that-yaml-1.1-would-bend.yaml").config
    source = config.directory.people[0]
    assert isinstance(source, CsvSource)
    assert (source.path, source.multi_value) == ("2026-11-22", "~~")
    assert source.columns == {"yes": "no", "on": "off", "null": "nil", "1.10": "00123"}
    assert config.asana.domains == ("example.no", "ex-4mple.com")
    assert (config.asana.workspace, config.asana.timeout_seconds) == ("1200000000000001", 10)
    rules = config.mapping.rules()
    assert (rules["country"].source, rules["department"].default) == ("NO", "00123")
    title = rules["title"]
    assert (title.constant, title.on, title.clear) == ("1.10", "create", False)
    assert (rules["organization"].constant, rules["region"].constant) == ("12:30:00", "null")
    first, second = config.scope
    assert (first.exclude, first.because, second.include) == ("false", "0x1F", "true")
    assert config.licenses is not None
    assert config.licenses.downgrade is False
    assert config.teams is not None
    assert [team.name for team in config.teams] == ["1.10", "on"]
    assert config.teams[0].groups == ("0o14", "1_000", "~x", "yes")
    assert config.teams[0].previously == ("1e3",)
    assert (config.teams[1].groups, config.teams[1].create) == (("2026-11-22",), False)


def test_an_anchor_gives_its_keys_and_what_is_written_wins() -> None:
    rules = load_config(CASES / "good" / "anchors-and-merged-keys.yaml").config.mapping.rules()
    assert (rules["department"].source, rules["department"].on) == ("department", "create")
    assert (rules["division"].source, rules["division"].on) == ("title", "create")
    region = rules["region"]
    assert (region.source, region.on, region.clear) == ("st", "create", True)


def test_a_limit_that_names_only_its_count_keeps_the_other_defaults() -> None:
    name = "windows-names-and-a-server-of-ones-own.yaml"
    guards = load_config(CASES / "good" / name).config.guards
    assert guards.update is None
    assert guards.create is not None
    assert (guards.create.count, guards.create.percent, guards.create.floor) == (5, 50, 25)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    error = refusal(tmp_path / "syncer.yaml")
    assert error.message == f"no config file at {tmp_path / 'syncer.yaml'}"
    assert "syncer init" in error.hint


def test_a_pipe_is_no_config_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "syncer.yaml")
    for path in (tmp_path / "syncer.yaml", Path("/dev/zero")):
        error = refusal(path)
        assert "is a pipe or a device" in error.message
        assert "-c FILE" in error.hint


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    error = refusal(tmp_path)
    assert "is a folder" in error.message
    assert str(tmp_path / "syncer.yaml") in error.hint


def test_a_name_that_no_system_takes_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path / ("x" * 5000))
    assert "cannot be read" in error.message
    assert error.hint


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_says_how_to_start(tmp_path: Path, text: str) -> None:
    error = refusal(written(tmp_path, text))
    assert error.message.endswith("syncer.yaml is empty")
    assert "syncer init" in error.hint


@pytest.mark.parametrize("text", ["just a text\n", "- a list\n", "mail,name\nann@x.com,Ann\n"])
def test_a_file_without_keys_is_no_config(tmp_path: Path, text: str) -> None:
    assert refusal(written(tmp_path, text)).message.endswith("holds no keys")


def test_undecodable_bytes_name_their_line(tmp_path: Path) -> None:
    path = written(tmp_path, b"version: 1\n# M\xfcller\n")
    assert told(path) == f"{path}:2: not valid UTF-8\n  hint: save the file as UTF-8"


def test_a_cut_utf_16_file_is_refused(tmp_path: Path) -> None:
    assert "not valid UTF-16" in told(written(tmp_path, "version: 1".encode("utf-16") + b"x"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_understood(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, SMALLEST.encode(encoding))
    assert load_config(path).digest == load_config(written(tmp_path, SMALLEST)).digest


def test_control_characters_name_their_line(tmp_path: Path) -> None:
    path = written(tmp_path, "# é\nversion: \0")
    assert f"{path}:2: a control character (U+0000)" in told(path)


def test_brackets_without_end_are_refused_and_end_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "version: 1\nx: " + "[" * 200_000)
    assert told(path).startswith(f"{path}:2: more nested than any config")


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "aliases that stand for more" in told(written(tmp_path, "\n".join(lines)))


def test_the_place_of_a_key_is_its_line(tmp_path: Path) -> None:
    path = CASES / "good" / "every-key-of-the-contract.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    loaded = load_config(path)

    def line(*location: str | int) -> str:
        origin = loaded.where(*location)
        assert origin.path == str(path)
        return "" if origin.line is None else lines[origin.line - 1].strip()

    assert line("scope", 0, "exclude").startswith("- {exclude: \"employeeType == 'contractor'\"")
    assert line("mapping", "name.formatted").startswith("name.formatted:")
    assert line("directory", "people", 1, "select").startswith("select:")
    assert line("directory", "people", 1, "encoding").startswith("- format: ldif")
    assert line("teams", 9, "name").startswith("teams:")
    assert line("teams", "name").startswith("teams:")
    assert line("guards", "create", "count", "deeper").startswith("create:")
    assert line("nowhere") == ""
    assert line() == ""
    assert loaded.resolve("people.csv") == path.parent / "people.csv"
    assert loaded.resolve("/srv/people.csv") == Path("/srv/people.csv")
    assert "_document" not in repr(loaded)
    assert tmp_path != path.parent


@pytest.mark.parametrize(
    "same",
    [
        pytest.param("# a comment\n" + SMALLEST, id="a comment"),
        pytest.param(
            SMALLEST.replace("{sandbox: tenant.json}", "\n  'sandbox': tenant.json"), id="style"
        ),
        pytest.param(SMALLEST + "journal: journal\n", id="a default written out"),
        pytest.param("\n".join(reversed(SMALLEST.split("\n", 2))), id="the order of keys"),
    ],
)
def test_what_says_the_same_has_the_same_digest(tmp_path: Path, same: str) -> None:
    digest = load_config(written(tmp_path, SMALLEST)).digest
    assert load_config(written(tmp_path, same)).digest == digest
    assert digest.startswith("sha256:")


def test_what_says_something_else_has_another_digest(tmp_path: Path) -> None:
    digest = load_config(written(tmp_path, SMALLEST)).digest
    assert load_config(written(tmp_path, SMALLEST + "ledger: null\n")).digest != digest


def test_a_refusal_without_words_of_its_own_keeps_the_models() -> None:
    detail = ErrorDetails(type="new_kind", loc=("ledger",), msg="Not This", input="x")
    assert finding(detail, {"ledger": "x"}) == Finding(("ledger",), "not this")


def test_a_complaint_without_a_place_names_the_file() -> None:
    problem = syntax_problem(yaml.YAMLError(), "", "a.yaml")
    assert str(problem).startswith("a.yaml: not readable as YAML\n  hint: ")


def outcome(path: Path) -> LoadedConfig | UsageError:
    try:
        return load_config(path)
    except UsageError as error:
        return error


@given(st.data())
@settings(deadline=None, derandomize=True, max_examples=150)
def test_a_config_with_a_slip_loads_or_is_refused_with_words(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever is cut out of a config or typed into it, nothing but our own error comes out."""
    start = data.draw(st.integers(0, len(EVERY_KEY)))
    length = data.draw(st.integers(0, 30))
    typed = data.draw(
        st.sampled_from(["", " ", "\t", ":", "- ", "{", "]", "'", "*", "&a", "null", "é", "\0"])
    )
    text = EVERY_KEY[:start] + typed + EVERY_KEY[start + length :]
    result = outcome(written(tmp_path_factory.mktemp("slip"), text))
    if isinstance(result, UsageError):
        assert result.problems or result.hint
        for problem in result.problems:
            assert "Input should" not in problem.summary
            assert "Value error" not in problem.summary


@given(st.binary(max_size=200))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_any_bytes_load_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    assert isinstance(outcome(written(tmp_path_factory.mktemp("bytes"), content)), UsageError)


@given(st.text("abcdefghijk0123456789/:${}!&*", min_size=12, max_size=40))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_no_token_is_ever_repeated(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    text = SMALLEST.replace("sandbox: tenant.json", f"sandbox: x, token: '{secret}'")
    error = refusal(written(tmp_path_factory.mktemp("token"), text))
    assert secret not in f"{error} {error.hint} {error.problems!r}"
