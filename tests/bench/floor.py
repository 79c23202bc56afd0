"""The floor: the barest Python that reads the same files and JSON and finds the same actions.

Run as a program of its own: `python floor.py FORMAT FOLDER`. Prints as JSON whom or which team
each kind of action is about. It proves, checks and explains nothing; that is the point of it.
"""

import base64
import csv
import json
import sys
from pathlib import Path
from typing import Any

EXTENSION = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def from_csv(folder: Path) -> tuple[list[dict[str, str]], dict[str, set[str]]]:
    with (folder / "people.csv").open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    groups: dict[str, set[str]] = {}
    with (folder / "groups.csv").open(encoding="utf-8", newline="") as file:
        for group, member in csv.reader(file):
            groups.setdefault(group, set()).add(member)
    del groups["group"]
    return people, groups


def from_yaml(folder: Path) -> tuple[list[dict[str, str]], dict[str, set[str]]]:
    import yaml  # noqa: PLC0415 - the others do without

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    people = yaml.load((folder / "people.yaml").read_bytes(), Loader=loader)["people"]  # noqa: S506 - a safe one
    groups = yaml.load((folder / "groups.yaml").read_bytes(), Loader=loader)["groups"]  # noqa: S506 - likewise
    return people, {one["name"]: set(one["members"]) for one in groups}


def from_ldif(folder: Path) -> tuple[list[dict[str, str]], dict[str, set[str]]]:
    people, groups, mails = [], {}, {}
    for block in (folder / "export.ldif").read_text(encoding="ascii").split("\n\n"):
        entry: dict[str, Any] = {"member": []}
        for line in block.split("\n"):
            name, _, text = line.partition(": ")
            if name.endswith(":"):
                name, _, text = line.partition(":: ")
                text = base64.b64decode(text).decode()
            if name == "member":
                entry["member"].append(text)
            else:
                entry[name] = text
        if entry.get("objectClass") == "inetOrgPerson":
            mails[entry["dn"]] = entry["mail"]
            people.append(
                {**entry, "department": entry["departmentNumber"], "country": entry["c"]}
            )
        elif entry.get("objectClass") == "groupOfNames":
            groups[entry["cn"]] = entry["member"]
    for one in people:
        one["manager"] = mails.get(one.get("manager", ""), "")
    return people, {name: {mails[dn] for dn in members} for name, members in groups.items()}


def main() -> None:
    form, folder = sys.argv[1], Path(sys.argv[2])
    people, groups = {"csv": from_csv, "yaml": from_yaml, "ldif": from_ldif}[form](folder)
    users = json.loads((folder / "users.json").read_bytes())["Resources"]
    teams = json.loads((folder / "groups.json").read_bytes())["Resources"]
    ids = {user["userName"]: user["id"] for user in users}
    names = {user["id"]: user["userName"] for user in users}
    wanted = {}
    for one in people:
        if one.get("country") == "XX":
            continue
        wanted[one["mail"]] = (
            f"{one['givenName']} {one['sn']}",
            one["title"],
            one["department"],
            one["country"],
            one["employeeNumber"],
            ids.get(one.get("manager") or "", ""),
        )
    kinds = ("create_user", "update_user", "deactivate_user", "change_members")
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    known = set()
    for user in users:
        name = user["userName"]
        known.add(name)
        if name not in wanted:
            if user["active"]:
                found["deactivate_user"].append(name)
            continue
        extension = user[EXTENSION]
        shown = (
            user["name"]["formatted"],
            user["title"],
            extension["department"],
            user["addresses"][0]["country"],
            extension["employeeNumber"],
            extension.get("manager", {}).get("value", ""),
        )
        if shown != wanted[name]:
            found["update_user"].append(name)
    found["create_user"] = [name for name in wanted if name not in known]
    for team in teams:
        members = {names[one["value"]] for one in team["members"]}
        asked = groups[team["displayName"]] & wanted.keys()
        # Whoever is deactivated leaves by that.
        if asked != {name for name in members if name in wanted}:
            found["change_members"].append(team["displayName"])
    print(json.dumps({kind: sorted(names) for kind, names in found.items()}))  # noqa: T201


main()
