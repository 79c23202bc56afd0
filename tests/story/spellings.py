"""One directory, written as CSV, as YAML and as LDIF.

People are mappings of attributes, groups lists of members by address, key or group name. In
LDIF members are distinguished names, as directories export them.
"""

import base64
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import yaml

FORMATS: Final = ("csv", "yaml", "ldif")
PEOPLE_BASE: Final = "ou=people,dc=example,dc=com"
GROUPS_BASE: Final = "ou=groups,dc=example,dc=com"

Person = Mapping[str, Any]
Groups = Mapping[str, Sequence[str]]


def people_text(form: str, people: Sequence[Person], begin: int = 1) -> str:
    """The people in this format; `begin` numbers those whose distinguished name is made up."""
    match form:
        case "csv":
            columns = list(dict.fromkeys(name for person in people for name in person))
            rows = [[_cell(person.get(name, "")) for name in columns] for person in people]
            return _table([columns, *rows])
        case "yaml":
            return _yaml({"people": [dict(person) for person in people]})
        case _:
            entries = (_entry(person, at) for at, person in enumerate(people, begin))
            return "version: 1\n\n" + "\n".join(entries)


def groups_text(form: str, groups: Groups, people: Sequence[Person]) -> str:
    """The groups in this format, over these people."""
    match form:
        case "csv":
            pairs = [[name, one] for name, found in groups.items() for one in found or [""]]
            return _table([["group", "member"], *pairs])
        case "yaml":
            listed = [{"name": name, "members": list(found)} for name, found in groups.items()]
            return _yaml({"groups": listed})
        case _:
            names = _names(groups, people)
            entries = (_group(name, found, names) for name, found in groups.items())
            return "version: 1\n\n" + "\n".join(entries)


def _cell(value: Any) -> str:
    return ";".join(value) if isinstance(value, list) else str(value)


def _table(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _yaml(document: Any) -> str:
    return str(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))


def _dn(person: Person, number: int) -> str:
    return str(person.get("dn", f"uid=p{number},{PEOPLE_BASE}"))


def _entry(person: Person, number: int) -> str:
    lines = [_line("dn", _dn(person, number)), "objectClass: inetOrgPerson"]
    for name, value in person.items():
        if name != "dn":
            values = value if isinstance(value, list) else [value]
            lines += [_line(name, str(one)) for one in values if one != ""]
    return "\n".join(lines) + "\n"


def _names(groups: Groups, people: Sequence[Person]) -> Mapping[str, str]:
    """Distinguished names by address, key and group name. What two people are called is no
    name: an export that knows which of them is meant would say more than the other formats."""
    found: dict[str, list[str]] = {}
    for name in groups:
        found[name.casefold()] = [f"cn={name},{GROUPS_BASE}"]
    for number, person in enumerate(people, 1):
        for own in (person.get("mail"), person.get("employeeNumber")):
            if isinstance(own, str) and own:
                found.setdefault(own.casefold(), []).append(_dn(person, number))
    return {name: dns[0] for name, dns in found.items() if len(dns) == 1}


def _group(name: str, members: Sequence[str], names: Mapping[str, str]) -> str:
    # A groupOfNames without a member is none.
    kind = "groupOfNames" if members else "groupOfMembers"
    lines = [
        _line("dn", f"cn={name},{GROUPS_BASE}"),
        f"objectClass: {kind}",
        _line("cn", name),
        *(_line("member", names.get(member.casefold(), member)) for member in members),
    ]
    return "\n".join(lines) + "\n"


def _line(name: str, text: str) -> str:
    safe = text.isascii() and text.isprintable() and text == text.strip()
    if safe and not text.startswith((":", "<")):
        return f"{name}: {text}"
    return f"{name}:: {base64.b64encode(text.encode()).decode()}"
