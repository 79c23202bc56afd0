"""Every key of a plan document in a sentence, for whoever reads it by program."""

from collections.abc import Mapping
from typing import Final

OF_ALL: Final[Mapping[str, str]] = {
    "ref": "Name of the action, unique in a plan and the same in every plan of this change.",
    "reason": "Why, for people; nothing branches on it.",
    "origin": "File and line that asked for it; null where it is the absence of a line.",
    "depends_on": "Refs of actions that must be applied first; when one is not, this is skipped.",
    "consequences": "What else will happen, in sentences.",
    "held": "Why the action waits; empty when it does not.",
    "kind": "What sort of object this is.",
    "reversible": "Whether SCIM can put things back.",
    "scim_id": "Asana's id; null for what this plan creates.",
    "user_name": "The address by which Asana knows the person today.",
    "team": "Name of the team as it shall be.",
    "license": "Licence; null where none is set or shown.",
    "subject": "The person or team that it is about.",
    "hint": "What would end the doubt; empty where nothing is known.",
    "what": "What it is about, or what is to be done.",
}
"""By the name of the key, wherever it stands."""

OF_ONE: Final[Mapping[str, Mapping[str, str]]] = {
    "Document": {
        "format_version": "Raised when a reader of today would misread a plan.",
        "program_version": "Version of syncer that made the plan.",
        "created_at": "When it was made: ISO 8601, in UTC, to the second.",
        "digest": "Name of what would be done, wording aside; --approve takes it.",
        "checksum": "Name of this very document, so that an edit is noticed.",
        "plan": "The plan itself.",
    },
    "Plan": {
        "actions": "All actions in the order of execution, held ones among them.",
        "manual": "What only a person can do in Asana's admin console.",
        "unknown": "People and teams in doubt: neither changed nor removed.",
        "in_grace": "Leavers who are not due yet.",
        "notices": "What a reviewer should know that is no action.",
        "violations": "Broken limits; a plan with one is refused or held until it is accepted.",
        "guards_off": "Guard classes that the config switched off.",
        "on_violation": "What a broken limit does: refuse the plan, or hold what broke it.",
        "facts": "What the guards measure shares against.",
        "counts": "How many records need nothing, and why.",
        "deactivated_members": "By team id, refs of the deactivations that take members out.",
        "any_case": "Attributes whose letter case alone is no difference.",
        "departments": "By address, the department in which the plan leaves somebody.",
        "touched": "The records as the plan saw them; apply refuses when one has moved.",
        "problems": "What was wrong with records of the sources.",
        "config_digest": "Of the config: sha256: and 64 digits.",
        "sources_digest": "Of all source files together.",
        "tenant": "Which Asana this is about.",
        "policed": "Under what policies the plan was judged; null without policy and label.",
        "drift": "What changed in Asana since our last runs, and what this plan does about it.",
        "drift_since": "Day before which no run was looked at; empty when all of them were.",
        "undoes": "Run that this plan takes back; empty for any other plan.",
    },
    "CreateUser": {
        "user_name": "The address of the new person.",
        "attributes": "What is set; before is always null.",
    },
    "UpdateUser": {"changes": "The attributes that change."},
    "SetLicense": {
        "before": "Licence that Asana shows; null where it shows none.",
        "after": "Licence as it shall be.",
    },
    "RenameTeam": {"before": "Name of the team today."},
    "ChangeMembers": {
        "add": "Who joins.",
        "remove": "Who leaves.",
        "members_before": "How many members the team has.",
    },
    "FieldChange": {
        "field": "Name of the attribute in a config's mapping.",
        "before": "Value in Asana; null for empty. A manager is an address.",
        "after": "Value as it shall be; null empties it.",
        "reference": "SCIM id of the new manager; null for any other attribute, or while unknown.",
    },
    "Member": {"user": "Address of the person."},
    "Origin": {"path": "The file.", "line": "Line of it, from 1; null for the whole file."},
    "Problem": {
        "summary": "What is wrong.",
        "hint": "What to do about it.",
        "column": "Column or attribute concerned; empty for the whole record.",
        "size": "How far it reaches: structural stops a run, record is about one record.",
        "identity": "Addresses and keys that the record may be about.",
        "words": "Names that stand in the record.",
    },
    "InGrace": {
        "absent_since": "First day without this person, as an ISO date.",
        "due_on": "Day of the deactivation; null where only runs count.",
        "runs_left": "Runs to come before it is due.",
    },
    "Notice": {"text": "What there is to know."},
    "ManualWork": {"what": "What is to be done."},
    "UnknownSubject": {"what": "Whether it is a person or a team."},
    "Violation": {
        "guard": "Guard class, `approval:` and a class, `policy:` and a name, or `protected`.",
        "message": "What was counted, against what.",
        "remedy": "What a person can do about it.",
        "counted": "The number that --allow must name.",
        "refs": "The actions concerned.",
        "subject": "Team of a guard per team; empty for any other.",
        "whole": "Of the actions, the changes of members that wait whole, joiners too.",
        "on_violation": "What this one does: refuse or hold; null for what the plan says.",
    },
    "Drift": {
        "subject": "The person or team.",
        "id": "SCIM id of the person or team.",
        "kind": "Whether it is a person or a team.",
        "what": "An attribute of the mapping, license or active; of a team its name or a member.",
        "left_at": "Value at which our last run left it; null for empty. Truths are yes and no.",
        "found": "Value now; null is empty, and of active and name: no longer listed.",
        "run": "The run that left it so.",
        "at": "When that run began: ISO 8601, in UTC.",
        "verdict": "What this plan does about it; puts_back and changes undo it.",
        "member": "Of a member, the address.",
        "member_id": "Of a member, the SCIM id.",
    },
    "Policed": {
        "policies": "Names of the policies that were asked.",
        "at": "Local time at which they were: ISO 8601, to the minute.",
        "timezone": "Where that is local time.",
        "labels": "Labels that were given with the plan.",
    },
    "Facts": {
        "managed_users": "Active users whom this config manages.",
        "current_users": "Active users in Asana.",
        "desired_users": "People whom the directory wants in Asana.",
        "recent_deactivations": "Deactivations of the last days, by the ledger.",
        "window_days": "How many days that looks back.",
        "protected_users": "Patterns of addresses that nothing may touch.",
        "protected_teams": "Patterns of teams that nothing may touch.",
        "administrators": "SCIM ids of the active administrators that are known.",
        "administrators_protected": "Whether administrators are protected.",
        "administrators_read": "Whether they were read for this plan, or are remembered.",
    },
    "Counts": {
        "unchanged": "People who are as the directory asks.",
        "excluded": "People whom a scope rule keeps out.",
        "inactive": "People whom the directory calls inactive.",
        "unmanaged": "Users in Asana whom this config does not manage.",
        "protected": "Users and teams that nothing may touch.",
        "unknown": "People, teams and records in doubt.",
        "in_grace": "Leavers who are not due yet.",
        "invited": "People who were invited and have not joined yet.",
        "teams_unchanged": "Teams that are as the config asks.",
    },
    "TouchedUser": {
        "active": "Whether the user was active.",
        "attributes": "What the plan changes or relies on, as Asana showed it.",
    },
    "TouchedTeam": {
        "name": "Name in Asana.",
        "members": "By id of whoever joins or leaves, whether that was a member.",
    },
    "TouchedAbsence": {"name": "Address or name that must still not be there."},
}
"""By the kind of object; these come before `OF_ALL`."""


def description(owner: str, key: str) -> str:
    """What this key of this object says. Raises KeyError for one that nobody described."""
    return OF_ONE.get(owner, {}).get(key) or OF_ALL[key]
