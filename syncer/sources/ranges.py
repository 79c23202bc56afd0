"""Long attributes that Active Directory hands out in parts: `member;range=0-1499`.

MS-ADTS, section 3.1.1.3.1.3.3: at most 1,500 values come at once, `*` ends the last part, and
the plain attribute beside a part is empty. Parts are joined only when none is missing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from syncer.core.distinguished_names import dn_key
from syncer.model.directory import DirectoryGroup
from syncer.model.origin import Problem, Size
from syncer.sources.findings import GroupPart, Range

_RANGE: Final = re.compile(r".*;range=(?P<first>\d{1,9})-(?P<last>\d{1,9}|\*)")


def range_of(key: str, values: Iterable[str]) -> tuple[str, Range]:
    """The attribute and the part of it that an attribute with a range option holds.

    A range that makes no sense becomes one that no other can complete.
    """
    base = key.partition(";")[0]
    found = _RANGE.fullmatch(key)
    if found is None:
        return base, Range(1, None, tuple(values))
    last = None if found["last"] == "*" else int(found["last"])
    return base, Range(int(found["first"]), last, tuple(values))


def joined(ranges: Iterable[Range]) -> tuple[tuple[str, ...], str]:
    """All values in order, and what is missing; that is empty when nothing is."""
    values: dict[str, None] = {}
    expected: int | None = 0
    for part in sorted(ranges, key=lambda part: (part.first, part.last is None, part.last or 0)):
        values.update(dict.fromkeys(part.values))
        if expected is None or part.first < expected:
            continue  # a part that came twice
        if part.first > expected:
            return tuple(values), f"the range {expected}-{part.first - 1} is missing"
        if part.last is not None and len(part.values) != part.last - part.first + 1:
            span = f"{part.first}-{part.last}"
            return tuple(values), f"the range {span} holds {len(part.values)} values"
        expected = None if part.last is None else part.last + 1
    if expected is not None:
        return tuple(values), f"the range {expected}-* is missing"
    return tuple(values), ""


def entry_key(dn: str | None) -> str:
    """The key of an entry; a text that is no distinguished name stands for itself."""
    return dn_key(dn or "") or dn or ""


@dataclass(frozen=True, slots=True)
class JoinedGroups:
    """The groups of one source, and those of which a part is missing."""

    groups: tuple[DirectoryGroup, ...]
    problems: tuple[Problem, ...]


def join_groups(sources: Sequence[Sequence[GroupPart]]) -> tuple[JoinedGroups, ...]:
    """The groups of each source, every group with ranges joined over all sources.

    A joined group stands where its first part stood.
    """
    families: dict[str, list[GroupPart]] = {}
    for part in (part for parts in sources for part in parts if part.dn):
        families.setdefault(entry_key(part.dn), []).append(part)
    taken: set[str] = set()
    results = []
    for parts in sources:
        groups: list[DirectoryGroup] = []
        problems: list[Problem] = []
        for part in parts:
            key = entry_key(part.dn)
            family = families.get(key, ())
            if not any(one.ranges for one in family):
                groups.append(_group(part, part.members, part.doubt))
            elif key not in taken:
                taken.add(key)
                group, missing = _joined_group(family)
                groups.append(group)
                problems += [_gap(group, missing, part.remedy)] if missing else []
        results.append(JoinedGroups(tuple(groups), tuple(problems)))
    return tuple(results)


def _joined_group(family: Sequence[GroupPart]) -> tuple[DirectoryGroup, str]:
    values, missing = joined(part for member in family for part in member.ranges)
    members = [member for part in family for member in part.members]
    doubt = next((part.doubt for part in family if part.doubt), "")
    if any(part.members and not part.ranges for part in family):
        missing = ""  # another source shows the list as a whole
    if missing:
        doubt = f"{missing}: the server hands out long lists in ranges"
    return _group(family[0], dict.fromkeys((*members, *values)), doubt), missing


def _gap(group: DirectoryGroup, missing: str, remedy: str) -> Problem:
    return Problem(
        group.origin,
        f"not all members of '{group.name}' were read: {missing}",
        remedy,
        column="member",
        size=Size.RECORD,
        identity=(group.name,),
    )


def _group(part: GroupPart, members: Iterable[str], doubt: str) -> DirectoryGroup:
    return DirectoryGroup(
        name=part.name,
        members=tuple(members),
        origin=part.origin,
        dn=part.dn,
        complete=not doubt,
        why_incomplete=doubt,
    )
