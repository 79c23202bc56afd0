"""The people and teams of an export as YAML that our own reader reads back.

Every value stands in double quotes, so that `00123`, `no` and `12:30` stay what they are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from syncer.core.enumeration import listed
from syncer.core.exporting.export import LICENSE, Export, ExportedPerson, ExportedTeam, Unsaid
from syncer.model.state import FORMATTED_NAME, USER_NAME
from syncer.render.characters import harmless
from syncer.render.wording import counted
from syncer.render.yaml_text import in_quotes, prose

_NAMED: Final = 3
_NAMES: Final = {USER_NAME: "mail", FORMATTED_NAME: "displayName"}


def directory_name(attribute: str) -> str:
    """What an attribute of Asana is called in the files: a word that expressions may use."""
    return _NAMES.get(attribute, attribute)


def people_text(export: Export) -> str:
    """The file of people, without its seal."""
    return _text((*_about(export), *_people(export)))


def team_text(team: ExportedTeam) -> str:
    """The file of one team, without its seal."""
    return _text(_team(team, "", ""))


def document_text(export: Export) -> str:
    """People and teams as one document."""
    listed = (line for team in export.teams for line in _team(team, "  - ", "    "))
    groups = ("groups:", *listed) if export.teams else ()
    return _text((*_about(export), *_people(export), *groups))


def left_out_lines(export: Export) -> Iterator[str]:
    """What is not in the export, by why: counts, and the first names."""
    for noun, left in (("user", export.left_people), ("team", export.left_teams)):
        by_why: dict[str, list[str]] = {}
        for gone in left:
            by_why.setdefault(gone.why, []).append(harmless(gone.name or f"id {gone.scim_id}"))
        for why, names in sorted(by_why.items()):
            told = listed(names, _NAMED)
            yield f"left out: {counted(len(names), noun)}: {why}: {told}"
    values = [unsaid for person in export.people for unsaid in person.unsaid]
    for (name, why), count in sorted(Counter((one.name, one.why) for one in values).items()):
        yield f"left as it is in Asana: {name} of {counted(count, 'person')}: {harmless(why)}"


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _about(export: Export) -> Iterator[str]:
    yield "# The people whom Asana has, as a directory would put them. These are personal data."
    whys = Counter(gone.why for gone in export.left_people)
    for why, count in sorted(whys.items()):
        yield from prose(f"Left out: {counted(count, 'user')}: {why}.", indent=0)


def _people(export: Export) -> Iterator[str]:
    yield "people:"
    for person in export.people:
        yield from _person(person)


def _person(person: ExportedPerson) -> Iterator[str]:
    yield f"  - {directory_name(USER_NAME)}: {in_quotes(person.address)}"
    for attribute, value in person.attributes.items():
        yield f"    {directory_name(attribute)}: {in_quotes(value)}"
    if person.license:
        yield f"    {LICENSE}: {in_quotes(person.license)}"
    for unsaid in person.unsaid:
        yield _remark("    ", directory_name(unsaid.name), unsaid)


def _team(team: ExportedTeam, first: str, rest: str) -> Iterator[str]:
    yield f"{first}name: {in_quotes(team.name)}"
    yield f"{rest}members:" if team.members else f"{rest}members: []"
    yield from (f"{rest}  - {in_quotes(address)}" for address in team.members)
    yield from (_remark(f"{rest}  ", unsaid.name, unsaid) for unsaid in team.unsaid)


def _remark(indent: str, name: str, unsaid: Unsaid) -> str:
    why = "".join(char if char.isprintable() else " " for char in unsaid.why)
    return f"{indent}# {name} {in_quotes(unsaid.value)} is left as it is in Asana: {why}"
