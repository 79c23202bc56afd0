"""Plans to look at: small builders, and one plan of every situation."""

from dataclasses import dataclass, replace

from syncer.model.actions import (
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    Member,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.origin import Origin, Problem, Size
from syncer.model.plan import (
    Counts,
    Facts,
    InGrace,
    ManualWork,
    Notice,
    Plan,
    UnknownSubject,
    Violation,
)

DIGEST = "sha256:3f9a0c1b22d4e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3"
ABSENT = "in Asana and within asana.domains, but not in the directory"
JOINED = "in scope, not in Asana"
DIFFERS = "differs from the directory"


@dataclass(frozen=True, slots=True)
class Shown:
    """A digest and a plan: all that a rendered document needs."""

    plan: Plan
    digest: str = DIGEST


def row(line: int, path: str = "people.csv") -> Origin:
    return Origin(path, line)


def deactivation(
    name: str, *, reason: str = ABSENT, origin: Origin | None = None
) -> DeactivateUser:
    return DeactivateUser(
        ref=f"deactivate_user:{name}",
        reason=reason,
        origin=origin,
        user_name=f"{name}@kranich.example",
        scim_id=f"id-{name}",
        consequences=("Asana gathers the tasks of this person in a project of a super admin",),
    )


def create(name: str, shown: str, line: int, *, license: str | None = "view only") -> CreateUser:  # noqa: A002 - the model's word
    return CreateUser(
        ref=f"create_user:{name}",
        reason=JOINED,
        origin=row(line),
        user_name=f"{name}@kranich.example",
        attributes=(
            FieldChange("name.formatted", None, shown),
            FieldChange("title", None, "Analyst"),
            FieldChange("department", None, "Finance"),
        ),
        license=license,
    )


def update(name: str, line: int, *changes: FieldChange, reason: str = DIFFERS) -> UpdateUser:
    return UpdateUser(
        ref=f"update_user:{name}",
        reason=reason,
        origin=row(line),
        user_name=f"{name}@kranich.example",
        scim_id=f"id-{name}",
        changes=changes,
    )


def members(*names: str, reason: str = "") -> tuple[Member, ...]:
    return tuple(Member(f"{name}@kranich.example", f"id-{name}", reason) for name in names)


def held(plan: Plan) -> Plan:
    """The same with every action kept back."""
    return replace(plan, actions=tuple(replace(action, held="wait") for action in plan.actions))


EMPTY = Plan(
    counts=Counts(unchanged=24, excluded=2, unmanaged=1, teams_unchanged=5),
    facts=Facts(current_users=25, managed_users=24, desired_users=24),
)

EVERY_KIND = Plan(
    actions=(
        SetLicense(
            ref="set_license:ilse",
            reason="no licence rule matches; licenses.default",
            origin=row(9),
            user_name="ilse.vogt@kranich.example",
            scim_id="9",
            before="enterprise",
            after="view only",
        ),
        deactivation("marco.bianchi"),
        replace(
            deactivation("jan.novák", reason="inactive in the directory", origin=row(17)),
            consequences=(
                "Asana gathers the tasks of this person in a project of a super admin",
                "the only member of team Press Office",
            ),
        ),
        update(
            "siobhan.oneill",
            4,
            FieldChange(
                "userName", "siobhan.byrne@kranich.example", "siobhan.oneill@kranich.example"
            ),
            FieldChange("name.formatted", "Siobhán Byrne", "Siobhán O'Neill"),
            reason="same employeeNumber 00417, new address",
        ),
        create("zoë.łukasz", "Zoë Łukasz", 12),
        create("jürgen.groß", "Jürgen Groß", 13, license="enterprise"),
        SetLicense(
            ref="set_license:ana",
            reason="licenses.rules[0]: 'asana-editors' in groups",
            origin=row(8),
            user_name="ana.ruiz@kranich.example",
            scim_id="8",
            before="view only",
            after="enterprise",
        ),
        update(
            "ann.meier",
            2,
            FieldChange("title", "Engineer", "Senior Engineer"),
            FieldChange("department", None, "Platform"),
            FieldChange("phone", "+49 30 1234567", None),
        ),
        UpdateUser(
            ref="set_manager:zoë.łukasz",
            reason="manager of a new person",
            origin=row(12),
            user_name="zoë.łukasz@kranich.example",
            scim_id=None,
            changes=(FieldChange("manager", None, "ann.meier@kranich.example", "id-ann.meier"),),
        ),
        ReactivateUser(
            ref="reactivate_user:tom",
            reason="active in the directory again; lifecycle.reactivate is 'attempt'",
            origin=row(20),
            user_name="tom.reed@kranich.example",
            scim_id="20",
            consequences=("Asana may refuse; read back afterwards",),
        ),
        RenameTeam(
            ref="rename_team:engineering",
            reason="'Eng' is a previous name",
            origin=row(61, "syncer.yaml"),
            team="Engineering",
            scim_id="500",
            before="Eng",
        ),
        CreateTeam(
            ref="create_team:finance",
            reason="named in teams, not in Asana",
            origin=row(66, "syncer.yaml"),
            team="Finance & Controlling",
            consequences=("its privacy is what Asana is set to give new teams",),
        ),
        ChangeMembers(
            ref="members:engineering",
            reason="members differ",
            origin=row(61, "syncer.yaml"),
            team="Engineering",
            scim_id="500",
            add=members("ana.ruiz", reason="in group eng"),
            remove=members("ilse.vogt", reason="no longer in group eng or platform"),
            members_before=12,
        ),
        ChangeMembers(
            ref="members:finance",
            reason="members differ",
            origin=row(66, "syncer.yaml"),
            team="Finance & Controlling",
            scim_id=None,
            add=(
                *members("zoë.łukasz", "jürgen.groß", reason="department == 'Finance'"),
                *members("ann.meier", reason="listed by name"),
            ),
        ),
    ),
    counts=Counts(unchanged=12, excluded=2, protected=1, unmanaged=1, teams_unchanged=3),
    facts=Facts(
        current_users=22, managed_users=20, desired_users=21, recent_deactivations=1, window_days=7
    ),
    guards_off=("create",),
)

_LEAVERS = tuple(deactivation(f"leaver.{number:02}") for number in range(1, 45)) + tuple(
    deactivation(f"gone.{number}", reason="inactive in the directory", origin=row(200 + number))
    for number in range(1, 4)
)

REFUSED = Plan(
    actions=(*_LEAVERS, *EVERY_KIND.actions[4:6], EVERY_KIND.actions[7]),
    violations=(
        Violation(
            guard="deactivate",
            message=(
                "the plan deactivates 47 of 212 managed users (22.2%), "
                "and the limits are 10 users and 5%"
            ),
            remedy="check the export; if it is right, --allow deactivate=47",
            counted=47,
            refs=tuple(action.ref for action in _LEAVERS),
        ),
    ),
    counts=Counts(unchanged=161, excluded=12, protected=2, unmanaged=6),
    facts=Facts(
        current_users=220,
        managed_users=212,
        desired_users=167,
        recent_deactivations=3,
        window_days=7,
    ),
)

HELD = replace(
    REFUSED,
    actions=tuple(
        replace(action, held="guard deactivate: 47 of 212 managed users, over 10 users and 5%")
        if isinstance(action, DeactivateUser)
        else action
        for action in REFUSED.actions
    ),
    on_violation="hold",
)

DOUBTS = Plan(
    actions=(EVERY_KIND.actions[7],),
    unknown=(
        UnknownSubject(
            subject="petra.lang@kranich.example",
            what="person",
            reason="the address appears twice, in people.csv:31 and people.csv:44",
            origin=row(31),
            hint="remove one of the rows",
        ),
        UnknownSubject(
            subject="Press Office",
            what="team",
            reason="directory group 'press' was read in part (member;range=0-1499)",
            origin=row(912, "export.ldif"),
            hint="export the group whole",
        ),
    ),
    in_grace=(
        InGrace(
            user_name="old.timer@kranich.example",
            scim_id="77",
            reason=ABSENT,
            absent_since="2025-11-01",
            due_on="2025-11-08",
            runs_left=1,
        ),
    ),
    manual=(
        ManualWork(
            subject="tom.reed@kranich.example",
            what="reactivate in the admin console",
            reason="Asana does not let SCIM reactivate people",
            origin=row(20),
        ),
    ),
    notices=(
        Notice(
            subject="ann.meier@kranich.example",
            text="the manager is not in Asana and was left as it is",
            origin=row(2),
        ),
        Notice(
            subject="ana.ruiz@kranich.example",
            text="the manager is not in Asana and was left as it is",
            origin=row(8),
        ),
    ),
    problems=(
        Problem(
            origin=row(52),
            summary="the row has 7 cells and the header 8",
            hint="quote cells that hold a comma",
            size=Size.RECORD,
        ),
    ),
    counts=Counts(unchanged=20, unknown=2, in_grace=1),
    facts=Facts(current_users=25, managed_users=24, desired_users=24),
)
