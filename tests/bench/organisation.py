"""Invented organisations of any size, always the same: a directory, and an Asana that drifted.

Of the people 0.4% joined, 0.4% left and 1.2% have another title and changed from one team to
another, which is a drift of 2%.
"""

import base64
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

SEED: Final = 20261125
TEAMS_EACH: Final = 5
PEOPLE_A_TEAM: Final = 250
MOST_TEAMS: Final = 2000
DOMAIN: Final = "example.com"

_GIVEN: Final = ("Ada", "Björk", "Chloé", "Dmitri", "Élodie", "Fatima", "Grace", "Håkan", "Ilse",
                 "José", "Kateřina", "Łukasz", "Marek", "Noam", "Ömer", "Petra", "Siobhán", "Taro",
                 "Zoë", "İpek")  # fmt: skip
_FAMILY: Final = ("Almeida", "Byrne", "Çelik", "Dvořák", "El Amrani", "Fischer", "Groß", "Holm",
                  "Ivanov", "Jensen", "Kowalski", "Lefèvre", "Müller", "Novák", "O'Neill",
                  "Peretz", "Rossi", "Sørensen", "Vogt", "Yamada")  # fmt: skip
_TITLES: Final = ("Engineer", "Senior Engineer", "Accountant", "Analyst", "Designer", "Buyer",
                  "Technician", "Sales Representative", "Consultant", "Team Lead")  # fmt: skip
_DEPARTMENTS: Final = ("Engineering", "Finance", "Design", "Purchasing", "Operations", "Sales",
                       "Consulting", "Legal", "People", "Marketing")  # fmt: skip
_COUNTRIES: Final = ("DE", "FR", "PL", "SE", "TR", "JP", "US", "IE", "PT", "CZ")


@dataclass(frozen=True, slots=True)
class Person:
    """One person, as the directory has it or as Asana does."""

    number: int
    given: str
    family: str
    title: str
    department: str
    country: str
    manager: int | None

    @property
    def key(self) -> str:
        return f"{self.number:07d}"

    @property
    def mail(self) -> str:
        return f"p{self.number:06d}@{DOMAIN}"

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def dn(self) -> str:
        return f"uid=p{self.number:06d},ou=people,dc=example,dc=com"

    @property
    def user_id(self) -> str:
        return user_id(self.number)


def user_id(number: int) -> str:
    """The id of a person's user in Asana."""
    return str(1_000_000 + number)


def team_id(number: int) -> str:
    """The id of a team in Asana."""
    return str(5_000_000 + number)


@dataclass(frozen=True, slots=True)
class Organisation:
    """What the directory says and what Asana has: people by number, teams with their numbers."""

    wanted: dict[int, Person]
    current: dict[int, Person]
    groups: dict[str, list[int]]
    teams: dict[str, list[int]]

    @property
    def memberships(self) -> int:
        return sum(map(len, self.groups.values()))


def organisation(people: int) -> Organisation:
    """An organisation of so many people. The same number gives the same organisation."""
    chance = Random(f"{SEED}:{people}")
    wanted = {number: _person(number, chance) for number in range(people)}
    current = dict(wanted)
    # Nobody of them manages anybody: a manager who comes or goes is another kind of drift.
    touched = chance.sample(range(people // 8 + 1, people), max(5, people * 20 // 1000))
    few = len(touched) // 5
    for number in touched[:few]:
        del current[number]  # joined since
    for number in touched[few : 2 * few]:
        del wanted[number]  # left since
    for number in touched[2 * few :]:
        one = current[number]
        current[number] = Person(number, one.given, one.family, f"Junior {one.title}",
                                 one.department, one.country, one.manager)  # fmt: skip
    names = [
        f"Team {one:04d}" for one in range(min(MOST_TEAMS, max(4, people // PEOPLE_A_TEAM * 5)))
    ]
    groups: dict[str, list[int]] = {name: [] for name in names}
    teams: dict[str, list[int]] = {name: [] for name in names}
    moved = set(touched[2 * few :])
    for number in range(people):
        now = chance.sample(names, min(TEAMS_EACH, len(names)))
        before = _before(now, names) if number in moved else now
        if number in wanted:
            for name in now:
                groups[name].append(number)
        if number in current:
            for name in before:
                teams[name].append(number)
    return Organisation(wanted, current, groups, teams)


def _before(now: list[str], names: list[str]) -> list[str]:
    """The teams of somebody who changed from one to another since."""
    neighbour = names[(names.index(now[0]) + 1) % len(names)]
    return now[1:] if neighbour in now else [*now[1:], neighbour]


def changed_people(found: Organisation) -> dict[str, list[int]]:
    """The people whom a plan has to touch, by kind of action."""
    wanted, current = found.wanted, found.current
    return {
        "create_user": [one for one in wanted if one not in current],
        "update_user": [one for one in wanted if current.get(one, wanted[one]) != wanted[one]],
        "deactivate_user": [one for one in current if one not in wanted],
    }


def changed_teams(found: Organisation) -> list[str]:
    """The teams whose members a plan has to change. Whoever is deactivated leaves by that."""
    return [
        name
        for name, members in found.groups.items()
        if set(members) != {one for one in found.teams[name] if one in found.wanted}
    ]


def _person(number: int, chance: Random) -> Person:
    kind = chance.randrange(len(_TITLES))
    return Person(
        number,
        chance.choice(_GIVEN),
        chance.choice(_FAMILY),
        _TITLES[kind],
        _DEPARTMENTS[kind],
        chance.choice(_COUNTRIES),
        number // 8 if number else None,
    )


COLUMNS: Final = ("employeeNumber", "mail", "givenName", "sn", "title", "department", "country",
                  "manager", "status")  # fmt: skip


def rows(found: Organisation) -> Iterator[tuple[str, ...]]:
    """The people of the directory as rows of `COLUMNS`."""
    for one in found.wanted.values():
        manager = "" if one.manager is None else f"p{one.manager:06d}@{DOMAIN}"
        yield (one.key, one.mail, one.given, one.family, one.title, one.department, one.country,
               manager, "active")  # fmt: skip


def write_csv(found: Organisation, folder: Path) -> None:
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows(found))
    with (folder / "groups.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("group", "member"))
        for name, members in found.groups.items():
            writer.writerows((name, found.wanted[one].mail) for one in members)


def write_yaml(found: Organisation, folder: Path) -> None:
    with (folder / "people.yaml").open("w", encoding="utf-8") as file:
        file.write("people:\n")
        for row in rows(found):
            pairs = ", ".join(f"{key}: {json.dumps(text, ensure_ascii=False)}"
                              for key, text in zip(COLUMNS, row, strict=True) if text)  # fmt: skip
            file.write(f"  - {{{pairs}}}\n")
    with (folder / "groups.yaml").open("w", encoding="utf-8") as file:
        file.write("groups:\n")
        for name, members in found.groups.items():
            listed = ", ".join(found.wanted[one].mail for one in members)
            file.write(f"  - {{name: {json.dumps(name)}, members: [{listed}]}}\n")


def write_ldif(found: Organisation, folder: Path) -> None:
    with (folder / "export.ldif").open("w", encoding="ascii") as file:
        file.write("version: 1\n")
        for one in found.wanted.values():
            pairs = [("dn", one.dn), ("objectClass", "inetOrgPerson"), ("uid", one.mail[:7]),
                     ("employeeNumber", one.key), ("mail", one.mail), ("givenName", one.given),
                     ("sn", one.family), ("cn", one.name), ("title", one.title),
                     ("departmentNumber", one.department), ("c", one.country)]  # fmt: skip
            if one.manager is not None:
                pairs.append(("manager", found.wanted[one.manager].dn))
            file.write("\n" + "".join(map(_ldif_line, pairs)))
        for name, members in found.groups.items():
            pairs = [("dn", f"cn={name},ou=groups,dc=example,dc=com"),
                     ("objectClass", "groupOfNames"), ("cn", name)]  # fmt: skip
            pairs += [("member", found.wanted[one].dn) for one in members]
            file.write("\n" + "".join(map(_ldif_line, pairs)))
        file.write("\n# search result\nsearch: 2\nresult: 0 Success\n")


def _ldif_line(pair: tuple[str, str]) -> str:
    name, text = pair
    if text.isascii():
        return f"{name}: {text}\n"
    return f"{name}:: {base64.b64encode(text.encode()).decode()}\n"


def scim_users(found: Organisation) -> list[dict[str, Any]]:
    """Asana's users as its SCIM API shows them."""
    extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    return [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", extension],
            "id": one.user_id,
            "userName": one.mail,
            "name": {"formatted": one.name},
            "title": one.title,
            "active": True,
            "userType": "enterprise",
            "addresses": [{"country": one.country, "primary": True, "type": "work"}],
            extension: {
                "department": one.department,
                "employeeNumber": one.key,
                **({} if one.manager is None else {
                    "manager": {"value": user_id(one.manager)}
                }),
            },
        }
        for one in found.current.values()
    ]  # fmt: skip


def scim_groups(found: Organisation) -> list[dict[str, Any]]:
    """Asana's teams with their members."""
    return [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "id": team_id(at),
            "displayName": name,
            "members": [{"value": user_id(one)} for one in members],
        }
        for at, (name, members) in enumerate(found.teams.items())
    ]


def listing(resources: list[dict[str, Any]]) -> bytes:
    """All of it in one answer, as Asana documents its listings."""
    document = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": len(resources),
        "startIndex": 1,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }
    return json.dumps(document, separators=(",", ":")).encode()
