"""A real OpenLDAP with a tree of odd names and a crowd, and sources that ask it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from syncer.cli.servers import Servers
from syncer.model.directory import Snapshot
from syncer.model.origin import Problem, Size
from tests.slapd import ROOT_PASSWORD, Slapd
from tests.sources.shown import read

SUFFIX = "dc=example,dc=com"
READER = f"cn=reader,{SUFFIX}"
READERS_PASSWORD = " Grüße, #1! "
BIG = 1203

TREE = f"""\
dn: {SUFFIX}
objectClass: domain
dc: example

dn: {READER}
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: reader
userPassword: {{password}}

dn: ou=people,{SUFFIX}
objectClass: organizationalUnit
ou: people

dn: ou=guests,{SUFFIX}
objectClass: organizationalUnit
ou: guests

dn: ou=groups,{SUFFIX}
objectClass: organizationalUnit
ou: groups

dn: cn=Doe\\, Jane,ou=people,{SUFFIX}
objectClass: inetOrgPerson
cn: Doe, Jane
sn: Doe
mail: jane@example.com
mail: jane.doe@example.com
employeeNumber: 1
jpegPhoto:: /9j/4AAQSkZJRgABAQAA/w==
userPassword: hidden

# uid=müller,ou=people,dc=example,dc=com
dn:: dWlkPW3DvGxsZXIsb3U9cGVvcGxlLGRjPWV4YW1wbGUsZGM9Y29t
objectClass: inetOrgPerson
uid:: bcO8bGxlcg==
cn:: Wm/DqyBNw7xsbGVy
sn:: TcO8bGxlcg==
title;lang-de:: R2VzY2jDpGZ0c2bDvGhyZXJpbg==
title: Managing Director
mail: zoe@example.com
employeeNumber: 2
manager: CN=Doe\\2C Jane,OU=People,{SUFFIX}

dn: cn=Plus\\+Equals\\=Hash,ou=people,{SUFFIX}
objectClass: inetOrgPerson
cn: Plus+Equals=Hash
sn:: ICBibGFua3MgIA==
mail: plus@example.com
employeeNumber: 3
manager: uid=m\\C3\\BCller,ou=people,{SUFFIX}

dn: cn=\\#first \\"quoted\\" \\<angle\\>\\; end\\20,ou=guests,{SUFFIX}
objectClass: inetOrgPerson
cn:: I2ZpcnN0ICJxdW90ZWQiIDxhbmdsZT47IGVuZCA=
sn: Guest
mail: guest@example.com
employeeNumber: 4

dn: cn=names,ou=groups,{SUFFIX}
objectClass: groupOfNames
cn: names
member: cn=Doe\\, Jane,ou=people,{SUFFIX}
member:: dWlkPW3DvGxsZXIsb3U9cGVvcGxlLGRjPWV4YW1wbGUsZGM9Y29t
member: cn=unique,ou=groups,{SUFFIX}

dn: cn=unique,ou=groups,{SUFFIX}
objectClass: groupOfUniqueNames
cn: unique
uniqueMember: cn=Plus\\+Equals\\=Hash,ou=people,{SUFFIX}

dn: cn=posix,ou=groups,{SUFFIX}
objectClass: posixGroup
cn: posix
gidNumber: 7
memberUid:: bcO8bGxlcg==

"""


def tree() -> str:
    """The odd ones of above, and a crowd that is in one group."""
    people = (
        f"dn: uid=u{n:04},ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: u{n:04}\n"
        f"cn: Person {n}\nsn: {n}\nmail: u{n:04}@example.com\nemployeeNumber: 9{n:04}\n\n"
        for n in range(BIG)
    )
    members = "".join(f"member: uid=u{n:04},ou=people,{SUFFIX}\n" for n in range(BIG))
    crowd = f"dn: cn=crowd,ou=groups,{SUFFIX}\nobjectClass: groupOfNames\ncn: crowd\n{members}\n"
    return TREE.format(password=READERS_PASSWORD.strip()) + "".join(people) + crowd


@dataclass(frozen=True)
class Asked:
    """A server, the folder of a config, and the source that the config has."""

    server: Slapd
    folder: Path
    keys: dict[str, object]

    def but(self, **keys: object) -> "Asked":
        """The same with other keys; None takes a key out."""
        changed = {**self.keys, **keys}
        return replace(self, keys={key: one for key, one in changed.items() if one is not None})

    def read(self, wanted: frozenset[str] | None = None) -> Snapshot:
        live = Servers(self.folder)
        keys = wanted or frozenset({"mail", "title", "title;lang-de", "manager", "sn", "cn"})
        return read(
            self.folder, [self.keys], [self.keys], key="employeeNumber", wanted=keys, live=live
        )

    def refusal(self) -> Problem:
        """The one problem of the people, who were not read at all."""
        people = self.read().people[0]
        assert not people.records
        (problem,) = people.problems
        assert problem.size is Size.STRUCTURAL
        assert ROOT_PASSWORD not in str(problem)
        return problem


def content(snapshot: Snapshot) -> Any:
    """What a snapshot says, whichever order and place it came from."""
    (people,), (groups,) = snapshot.people, snapshot.groups
    return (
        sorted(sorted(one.attributes.items()) for one in people.records),
        sorted((one.name, one.dn, sorted(one.members), one.complete) for one in groups.groups),
        [(one.summary, one.size) for one in (*people.problems, *groups.problems)],
    )
