"""Plans that are hard to show: of thousands, of hostile names, of wide characters."""

from dataclasses import replace

from syncer.model.actions import ChangeMembers, FieldChange
from syncer.model.plan import Counts, Facts, Plan
from tests.render.samples import create, deactivation, members, row, update

_REORGANISED = tuple(
    update(
        f"person.{number:04}",
        number + 2,
        FieldChange("department", "R&D", "Research & Development"),
    )
    for number in range(2400)
)
_PROMOTED = tuple(
    update(
        f"promoted.{number:04}",
        number + 2500,
        FieldChange("title", f"Grade {number % 37}", f"Grade {number % 37 + 1}"),
    )
    for number in range(600)
)

MANY = Plan(
    actions=(
        *(deactivation(f"leaver.{number:03}") for number in range(60)),
        *(
            create(f"joiner.{number:04}", f"Joiner {number:04}", number + 4000)
            for number in range(1800)
        ),
        *_REORGANISED,
        *_PROMOTED,
        *(
            ChangeMembers(
                ref=f"members:{number}",
                reason="members differ",
                origin=row(number + 10, "syncer.yaml"),
                team=f"Project {number:03}",
                scim_id=str(number),
                add=members(
                    *(f"joiner.{number:04}.{n}" for n in range(45)), reason="in group all"
                ),
                members_before=100,
            )
            for number in range(140)
        ),
    ),
    counts=Counts(unchanged=40000, teams_unchanged=1860),
    facts=Facts(current_users=44000, managed_users=43900, desired_users=45640),
)

NASTY = Plan(
    actions=(
        deactivation("mallory\x1b[2K\x1b[1A", reason="gone\r\n+ nobody@kranich.example"),
        create("eve", "Eve \u202egnp.exe\u202c", 5),
        update(
            "o" * 90,
            6,
            FieldChange("title", "Chief\nOfficer", "a -> b"),
            FieldChange("department", "Sales", "Sales "),
            FieldChange("division", "(empty)", None),
            FieldChange("costCenter", "caf\u00e9", "cafe\u0301"),
            FieldChange("organization", "x" * 120, "C:\\Users\\x1b"),
        ),
    ),
)

WIDE = Plan(
    actions=(
        replace(
            create("yamada.taro", "山田　太郎", 2),
            attributes=(
                FieldChange("name.formatted", None, "山田　太郎"),
                FieldChange(
                    "title",
                    None,
                    "戦略企画本部デジタル変革推進室シニアプロダクトマネージャー兼採用担当責任者",
                ),
                FieldChange("department", None, "東京本社"),
            ),
        ),
        update(
            "kim.minji",
            3,
            FieldChange("name.formatted", "김민지", "김민지 (Minji Kim)"),
            FieldChange("title", "엔지니어", "수석 엔지니어"),
        ),
        update(
            "leila.haddad",
            4,
            FieldChange("name.formatted", "ليلى حداد", "ليلى الحداد"),
            FieldChange("department", "Sales", "Legal"),
        ),
        deactivation("nguyễn.văn.an", origin=row(7)),
    ),
)
