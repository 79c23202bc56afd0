"""The starter config loads as it stands, says what was guessed, and hides no wrong default."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from syncer.cli.starter import starter_config
from syncer.config.loader import LoadedConfig, load_config
from syncer.core.guess import Guess, guess_mapping
from syncer.core.names import attribute_key
from syncer.core.own_domains import Domains
from syncer.model.policy.config import Config
from syncer.model.policy.directory import CsvSource, LdapSource
from syncer.model.policy.secrets import EnvironmentSecret
from syncer.model.state import ATTRIBUTES

HEADERS = sorted((Path(__file__).parent.parent / "core" / "cases" / "guess").glob("*.json"))
FORMATS = ("csv", "ldif", "yaml")
COMMENTED_OUT = re.compile(r"^#(?! \S|$)", re.MULTILINE)
"""Prose has one blank behind its `#`; YAML to switch on has none, or its own indentation."""

DEFAULTS = Config.model_validate(
    {
        "version": 1,
        "asana": {"sandbox": "tenant.json"},
        "directory": {"people": [{"format": "csv", "path": "people.csv"}]},
    }
)


def loaded(folder: Path, text: str) -> LoadedConfig:
    path = folder / "syncer.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def guess_of(headers: list[str]) -> Guess:
    return guess_mapping({attribute_key(header): header for header in headers})


def guess_from(path: Path) -> Guess:
    return guess_of(json.loads(path.read_text(encoding="utf-8"))["header"])


@pytest.mark.parametrize("source_format", FORMATS)
@pytest.mark.parametrize("path", HEADERS, ids=lambda path: path.stem)
def test_a_starter_loads_and_maps_what_was_guessed(
    path: Path, source_format: str, tmp_path: Path
) -> None:
    guess = guess_from(path)
    text = starter_config(guess, people="people.any", source_format=source_format)
    config = loaded(tmp_path, text).config
    assert config.asana.sandbox == "tenant.json"
    people = config.directory.people[0]
    assert people.format == source_format
    assert not isinstance(people, LdapSource)
    assert people.path == "people.any"
    assert config.directory.key == guess.key
    for name, rule in config.mapping.rules().items():
        assert rule.source == guess.mapping.get(name, "mail")
    if source_format == "csv":
        source = config.directory.people[0]
        assert isinstance(source, CsvSource)
        assert source.columns == guess.columns
        assert config.directory.active == guess.active
        assert [(rule.exclude, rule.because) for rule in config.scope] == list(guess.exclude)


@pytest.mark.parametrize("source_format", FORMATS)
@pytest.mark.parametrize("path", [None, *HEADERS], ids=lambda path: path.stem if path else "none")
def test_every_line_behind_a_hash_can_be_switched_on(
    path: Path | None, source_format: str, tmp_path: Path
) -> None:
    """All of them at once make a config, and what it shows as default is the default."""
    guess = None if path is None else guess_from(path)
    text = starter_config(guess, people="people.any", source_format=source_format)
    text = text.replace("  sandbox: tenant.json\n", "")
    config = loaded(tmp_path, COMMENTED_OUT.sub("", text)).config
    assert config.asana.base_url == "https://app.asana.com/api/1.0/scim"
    assert config.asana.token == EnvironmentSecret(env="ASANA_SCIM_TOKEN")
    assert config.asana.domains == ("example.com",)
    assert config.asana.share == DEFAULTS.asana.share
    assert config.directory.expect == DEFAULTS.directory.expect
    assert config.directory.groups
    assert config.scope[-1].exclude == "true"
    assert config.licenses is not None
    assert config.teams is not None
    assert len(config.teams) == 2
    assert config.lifecycle == DEFAULTS.lifecycle
    assert config.guards == DEFAULTS.guards
    assert config.approval == DEFAULTS.approval
    assert config.protected.users
    assert (config.ledger, config.journal) == (DEFAULTS.ledger, DEFAULTS.journal)
    assert config.metrics.timeout_seconds == DEFAULTS.metrics.timeout_seconds
    shown = {"urls": (), "ping": None}
    assert config.notifications.urls
    assert config.notifications.model_copy(update=shown) == DEFAULTS.notifications


def test_without_a_guess_the_names_of_an_ldap_directory_are_taken(tmp_path: Path) -> None:
    text = starter_config(None, people="people.csv", source_format="csv")
    rules = loaded(tmp_path, text).config.mapping.rules()
    assert rules["userName"].source == "mail"
    assert rules["name.formatted"].source == "{{ givenName }} {{ sn }}"
    assert rules["manager"].source == "manager"


@pytest.mark.parametrize(
    ("domains", "line", "told"),
    [
        (Domains(("a.org", "3m.com")), '\n  domains: [a.org, "3m.com"]\n', "Your e-mail domains."),
        (Domains(("a.org",), ("b.org",)), "\n  domains: [a.org]\n", "Seen too: b.org. Add"),
        (Domains((), ("gmail.com",)), "\n#  domains: [gmail.com]\n", "These were seen"),
        (None, "\n#  domains: [example.com]\n", "Without them nobody is ever found to have left"),
    ],
    ids=["own", "own-and-others", "others", "none"],
)
def test_domains_are_set_where_they_are_sure(
    domains: Domains | None, line: str, told: str, tmp_path: Path
) -> None:
    text = starter_config(None, people="people.csv", source_format="csv", domains=domains)
    assert line in text
    assert told in text
    assert loaded(tmp_path, text).config.asana.domains == (domains.own if domains else ())


def test_a_header_without_an_address_asks_for_one() -> None:
    text = starter_config(guess_of(["a"]), people="people.csv", source_format="csv")
    assert "# No column looks like an e-mail address: put the right one here.\n  userName:" in text
    assert "# Nothing was found for name.formatted, title, department, manager," in text


def test_the_notes_of_a_guess_stand_where_they_matter() -> None:
    guess = guess_of(["mail", "name", "Reporting to", "Former e-mail"])
    text = starter_config(guess, people="people.csv", source_format="csv")
    assert "# 'Reporting to' is there, but may hold display names" in text
    assert "# Former addresses are read from 'previous_emails'." in text
    assert "# Who still has an account. No column says who has left" in text


@pytest.mark.parametrize(
    ("groups", "expected"),
    [("groups.csv", "csv"), ("all.LDIF", "ldif"), ("groups/x.yml", "yaml"), ("groups", "csv")],
)
def test_a_groups_file_is_read_by_its_ending(groups: str, expected: str, tmp_path: Path) -> None:
    text = starter_config(None, people="people.csv", source_format="csv", groups=groups)
    (source,) = loaded(tmp_path, text).config.directory.groups
    assert not isinstance(source, LdapSource)
    assert (source.format, source.path) == (expected, groups)


def test_what_relies_on_a_rename_is_left_out_where_nothing_is_renamed(tmp_path: Path) -> None:
    guess = replace(
        guess_of(["First Name [Required]", "Last Name [Required]", "mail"]),
        columns={"first_name": "x", "last_name": "y", "state_code": "z"},
        active="state_code != '2'",
        exclude=(("state_code == '9'", "gone"), ("mail == ''", "nobody")),
    )
    text = starter_config(guess, people="people.yaml", source_format="yaml")
    config = loaded(tmp_path, text).config
    assert set(config.mapping.rules()) == {"userName"}
    assert config.directory.active is None
    assert [rule.exclude for rule in config.scope] == ["mail == ''"]


def test_no_line_is_wider_than_a_screen() -> None:
    for path in HEADERS:
        text = starter_config(guess_from(path), people="people.csv", source_format="csv")
        assert max(map(len, text.splitlines())) <= 99


@given(
    st.lists(
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(
                ["mail", "manager", "null", "a: b", "- x", "{{", "'", 'Work "e-mail"']
            ),
        ),
        max_size=6,
    ),
    # What the loader itself refuses in a path is no matter of quoting.
    st.text(min_size=1, max_size=20).filter(lambda text: "://" not in text and "${" not in text),
)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_no_header_and_no_file_name_can_break_the_starter(
    tmp_path_factory: pytest.TempPathFactory, headers: list[str], people: str
) -> None:
    """Line breaks, quotes and signs of YAML in them are written so that they come back."""
    guess = replace(
        guess_of(headers),
        mapping={"userName": people, "title": people},
        columns={"renamed": people},
        notes=dict.fromkeys(("userName", "key", "active", "people"), people),
        previous=people,
        groups=people,
    )
    folder = tmp_path_factory.mktemp("starter")
    text = starter_config(guess, people=f"x{people}", source_format="csv", groups=f"x{people}")
    config = loaded(folder, text).config
    (source,) = config.directory.people
    assert isinstance(source, CsvSource)
    assert source.path == f"x{people}"
    assert config.mapping.user_name.source == people
    assert source.columns == {"renamed": people}


def keys_of(model: type[BaseModel]) -> set[str]:
    """Every key of a section and of the sections in it, as the config spells it."""
    found = set()
    waiting = [model]
    while waiting:
        section = waiting.pop()
        for name, field in section.model_fields.items():
            found.add(field.alias or name)
            waiting += [one for one in sections_in(field.annotation) if one is not section]
    return found


def sections_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for part in get_args(annotation) for one in sections_in(part)]


def test_every_key_of_the_config_is_shown() -> None:
    texts = "\n".join(
        starter_config(None, people="people.any", source_format=source_format)
        for source_format in FORMATS
    )
    words = set(re.findall(r"[\w.]+", texts))
    silent = keys_of(Config) - words - set(ATTRIBUTES)
    assert silent == set()
