"""The starter config as text: what was guessed, and every other key as a comment."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Final

from syncer.core.guess import EXPECTED, Guess
from syncer.core.own_domains import Domains
from syncer.model.state import ATTRIBUTES, USER_NAME
from syncer.render.config_lines import (
    guard_lines,
    last_lines,
    license_lines,
    lifecycle_lines,
    protected_lines,
    share_lines,
)
from syncer.render.yaml_text import prose, quoted

DEFAULT: Final = Guess(
    {
        "userName": "mail",
        "name.formatted": "{{ givenName }} {{ sn }}",
        "title": "title",
        "department": "department",
        "manager": "manager",
        "employeeNumber": "employeeNumber",
    },
    key="employeeNumber",
)
"""What the attributes are called in most directories (RFC 2798)."""

_HEAD: Final = """\
# Who should be in Asana, and how far syncer may go to make it so.
#
# - `syncer validate` checks this file and your directory, without a network;
# - `syncer plan` shows what would change, and changes nothing;
# - `syncer apply` carries it out, after you have seen it.
#
# A line such as `#ledger: ...` shows a default, or what else there is: take away its # to use it.
# Paths are relative to this file.
version: 1

asana:
  # A whole Asana in one file, so that you can try everything without risk.
  sandbox: tenant.json
  # For your real Asana put a # in front of the line above and change these lines:
#  base_url: https://app.asana.com/api/1.0/scim
  # The token of a service account never stands here, only where it is kept.
#  token: {env: ASANA_SCIM_TOKEN}        # or {file: /run/secrets/asana_scim_token}"""

_TEAMS: Final = """\
# Teams. A team that is not named here is never touched.
#teams:
#  - name: Engineering
#    when: "department == 'Engineering'"  # or groups: [...] of your directory, or members: [...]
#    mode: exact                          # exact | add_only | report
#    previously: [Eng]                    # old names: a rename, not a new team
#    letter_case: ignore                  # exact: another letter case is a rename too
#  - for_each_group: "asana-team-(?P<name>.+)"
#    name: "{{ name | title }}"
#    mode: add_only
#    create: true"""


_SERVER: Final = """\
#    - format: ldap                        # asked in each run, in place of an export
#      url: ldaps://dc1.example.com
#      base: DC=example,DC=com
#      bind_dn: syncer@example.com         # or a distinguished name; without it anonymous
#      password: {env: LDAP_PASSWORD}      # or {file: PATH}
#      start_tls: false                    # true for ldap://
#      allow_plaintext: false
#      ca_bundle: /etc/ssl/our-authority.pem
#      page_size: 500
#      timeout_seconds: 60
#      referrals: error                    # error | ignore | follow"""


def starter_config(
    guess: Guess | None,
    *,
    people: str,
    source_format: str,
    groups: str | None = None,
    domains: Domains | None = None,
) -> str:
    """A commented config for the people file of this format, which loads as it stands.

    `groups` is a file of directory groups; its format is told by its ending. `domains` are
    those of the people in the file. Without a guess the usual names of an LDAP directory are
    taken.
    """
    known = DEFAULT if guess is None else guess
    if source_format != "csv":
        known = _without_renames(known)
    sections = (
        (_HEAD, *_domains(domains or Domains()), *share_lines({})),
        _directory(known, people, source_format, groups),
        _mapping(known),
        _scope(known),
        license_lines({}, ()),
        (_TEAMS,),
        lifecycle_lines({}),
        protected_lines({}),
        (*guard_lines({}), *last_lines({})),
    )
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _domains(domains: Domains) -> Iterator[str]:
    yield from prose("Your e-mail domains. Without them nobody is ever found to have left.")
    listed = ", ".join(map(quoted, domains.own or domains.others or ("example.com",)))
    if domains.own:
        if domains.others:
            yield from prose(f"Seen too: {', '.join(domains.others)}. Add what is yours.")
        yield f"  domains: [{listed}]"
    else:
        if domains.others:
            yield from prose("These were seen, the most common first. Keep what is yours:")
        yield f"#  domains: [{listed}]"


def _directory(guess: Guess, people: str, source_format: str, groups: str | None) -> Iterator[str]:
    yield "directory:"
    yield from prose(_note(guess, "people"))
    yield "  people:"
    yield f"    - format: {source_format}"
    yield f"      path: {quoted(people)}"
    if source_format == "csv":
        yield "#      encoding: auto                    # or its name, for example cp1252"
        yield "#      delimiter: auto"
        yield '#      multi_value: ";"                   # splits a cell where a list is expected'
        yield from _columns(guess.columns)
    if source_format == "ldif":
        yield '#      select: "(objectClass=inetOrgPerson)"   # else people of the usual schemas'
        yield from prose("Or the server itself, asked in each run; groups likewise:")
        yield _SERVER
    yield from _groups(guess, groups, people if source_format == "ldif" else "groups.csv")
    yield from prose(
        "What never changes for a person, so that a new address is a rename.", _note(guess, "key")
    )
    if guess.previous:
        yield from prose(f"Former addresses are read from '{guess.previous}'.")
    yield f"  key: {quoted(guess.key)}" if guess.key else "#  key: employeeNumber"
    yield from prose("Who still has an account.", _note(guess, "active"))
    yield f"  active: {quoted(guess.active)}" if guess.active else '#  active: "not disabled"'
    yield from prose("What a row in doubt does: that person is left alone, or the run stops.")
    yield "#  on_problem: unknown                    # unknown | stop"
    yield from prose("A directory that is smaller or older than this stops the run.")
    yield "#  expect: {min_people: 1, max_age_hours: null, max_shrink_percent: 20}"


def _columns(columns: Mapping[str, str]) -> Iterator[str]:
    if not columns:
        yield "#      columns: {mail: Work e-mail}      # a name of yours: the header in the file"
        return
    yield "      columns:                           # a name of yours: the header in the file"
    for name, header in columns.items():
        yield f"        {name}: {quoted(header)}"


def _groups(guess: Guess, groups: str | None, example: str) -> Iterator[str]:
    if guess.groups:
        yield from prose(f"Each person's own groups are read from '{guess.groups}'.")
    else:
        yield from prose(
            "Groups of your directory, for rules about licences and teams: one row a member."
        )
    path = example if groups is None else groups
    kind = PurePath(path).suffix.removeprefix(".").lower()
    kind = {"yml": "yaml"}.get(kind, kind)
    source = f"{{format: {kind if kind in {'yaml', 'ldif'} else 'csv'}, path: {quoted(path)}}}"
    yield "#  groups:" if groups is None else "  groups:"
    yield f"#    - {source}" if groups is None else f"    - {source}"


def _mapping(guess: Guess) -> Iterator[str]:
    yield "# Asana attribute: where it comes from. Only what is named here is managed."
    yield "mapping:"
    if USER_NAME not in guess.mapping:
        yield from prose("No column looks like an e-mail address: put the right one here.")
        yield "  userName: mail"
    further = []
    for attribute in ATTRIBUTES:
        yield from prose(_note(guess, attribute))
        source = guess.mapping.get(attribute)
        line = f"  {attribute}: {quoted(source or '')}"
        if attribute in EXPECTED and source:
            yield line
        elif source:
            further.append(f"#{line}")
    if further:
        yield from prose("Also found; each one that you switch on is kept as your directory says.")
        yield from further
    if silent := [name for name in guess.missing if name not in {USER_NAME, *guess.notes}]:
        yield from prose(f"Nothing was found for {', '.join(silent)}.")
    yield from prose("Longer forms, where they are needed:")
    yield from prose("- {from: title, clear: true} empties Asana's when yours is empty;")
    yield from prose("- {from: department, default: Unassigned} fills in;")
    yield from prose("- {from: costCenter, on: create} leaves it to Asana after the first time;")
    yield from prose("- {constant: Acme} is the same for everybody;")
    yield from prose("- {from: mail, letter_case: exact} heeds letter case, ignore does not.")


def _scope(guess: Guess) -> Iterator[str]:
    yield "# Who is ours to manage. The first rule that matches decides; else everybody is."
    if not guess.exclude:
        yield "#scope:"
    else:
        yield "scope:"
    for expression, reason in guess.exclude:
        yield f"  - exclude: {quoted(expression)}"
        yield f"    because: {quoted(reason)}"
    yield "#  - {exclude: \"employeeType == 'contractor'\", because: contractors are guests}"
    yield "#  - {include: \"'asana-users' in groups\"}"
    yield '#  - {exclude: "true"}'


def _without_renames(guess: Guess) -> Guess:
    """Only a CSV source renames on reading: elsewhere what relies on a rename is left out."""
    renamed = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in guess.columns))
    if not guess.columns:
        return guess
    active = guess.active
    return replace(
        guess,
        mapping={name: text for name, text in guess.mapping.items() if not renamed.search(text)},
        active=None if active is None or renamed.search(active) else active,
        exclude=tuple(rule for rule in guess.exclude if not renamed.search(rule[0])),
        columns={},
    )


def _note(guess: Guess, name: str) -> str:
    note = guess.notes.get(name, "")
    return f"{note[0].upper()}{note[1:]}." if note else ""
