"""The switches of what requests do to users and teams, and of time and trouble."""

from dataclasses import dataclass
from typing import Annotated, Literal

from syncer.sandbox.answer_switches import AnswerSwitches
from syncer.sandbox.knobs import Knob


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteSwitches(AnswerSwitches):
    """What the stand-in does where the documentation is silent.

    Derived from the other half for the sake of the table alone: classes with slots can be
    stacked and not joined.
    """

    # Users.
    duplicate_user: Annotated[
        Literal["409", "200", "201"],
        Knob("POST of an address that is there: refused, or answered with the user", ("4b",), None,
             ("409", "200", "201")),
    ] = "409"  # fmt: skip
    zombie_create: Annotated[
        Literal["reject", "inactive", "revive"],
        Knob(
            "POST of a deprovisioned address: 409, 200 with the inactive user, or reactivated",
            ("5b",),
            "revive",
            ("inactive", "reject"),
        ),
    ] = "reject"
    reactivation: Annotated[
        Literal["reject", "silently-ignore", "allow"],
        Knob(
            "active true for a deprovisioned user", ("5a",), "allow", ("silently-ignore", "reject")
        ),
    ] = "reject"
    protected_people: Annotated[
        Literal["reject", "ignore", "allow"],
        Knob(
            "deactivating a super admin, billing owner or service account",
            ("11a", "11b"),
            hostile=("reject", "ignore"),
        ),
    ] = "reject"
    last_admin: Annotated[
        Literal["reject", "ignore", "allow"],
        Knob(
            "deactivating the only super admin who is left",
            ("11c",),
            hostile=("reject", "ignore"),
        ),
    ] = "reject"
    own_account: Annotated[
        Literal["reject", "ignore", "allow"],
        Knob(
            "deactivating the service account of the token, tokenOwner in the state",
            ("11d",),
            hostile=("reject", "ignore"),
        ),
    ] = "reject"
    out_of_domain: Annotated[
        Literal["400", "403"],
        Knob("the refusal of a foreign address", ("4c", "9b"), None, ("403", "400")),
    ] = "400"
    rename: Annotated[
        Literal["allow", "ignore", "reject"],
        Knob(
            "a new userName; ignore answers 200 and keeps the old one until somebody verifies",
            ("9a",),
            hostile=("allow", "ignore"),
        ),
    ] = "allow"
    stored_case: Annotated[
        Literal["as_given", "lower"],
        Knob("letter case of a stored userName", ("9e",), hostile=("lower", "as_given")),
    ] = "as_given"
    unique_case: Annotated[
        Literal["insensitive", "sensitive"],
        Knob(
            "whether a userName or displayName in another letter case is another one",
            ("9e",),
            hostile=("insensitive", "sensitive"),
        ),
    ] = "insensitive"
    given_name_patch: Annotated[
        Literal["reject", "ignore"],
        Knob("PATCH of givenName or familyName", ("4e",), "ignore", ("reject", "ignore")),
    ] = "reject"
    patch_empty: Annotated[
        Literal["reject", "ignore", "clear"],
        Knob("an empty text or null in PATCH", ("12c",), "clear", ("ignore", "reject")),
    ] = "reject"
    address_replace: Annotated[
        Literal["whole", "merge"],
        Knob("PATCH replace of addresses: RFC 7644 drops the parts left out", ("1a",), "merge"),
    ] = "whole"
    user_remove: Annotated[
        Literal["reject", "allow"], Knob("PATCH remove on a user", ("6d",), "allow")
    ] = "reject"
    put_active: Annotated[
        Literal["keep", "deactivate", "reject"],
        Knob("PUT without active", ("6a",), "keep", ("deactivate", "keep")),
    ] = "reject"
    delete_status: Annotated[
        Literal["204", "200"],
        Knob("the answer to DELETE of a user", ("4a",), None, ("204", "200")),
    ] = "204"
    dangling_manager: Annotated[
        Literal["reject", "accept", "ignore"],
        Knob("a manager that is no user", ("12b",), "accept", ("reject", "ignore", "accept")),
    ] = "reject"
    no_seat: Annotated[
        Literal["402", "400", "403"],
        Knob("the refusal when no seat is free", ("13b",), None, ("402", "400", "403")),
    ] = "402"

    # Groups.
    duplicate_teams: Annotated[
        Literal["reject", "allow"],
        Knob("POST or rename to a team name in use", ("10d",), "allow", ("allow", "reject")),
    ] = "reject"
    longest_text: Annotated[
        int, Knob("characters of any text before 400", ("10e",), hostile=(255, 1024))
    ] = 1024
    characters: Annotated[
        Literal["any", "basic"],
        Knob(
            "basic answers 400 to texts with an emoji or another character beyond U+FFFF",
            ("10f",),
            hostile=("any", "basic"),
        ),
    ] = "any"
    delete_group: Annotated[
        Literal["405", "404"], Knob("DELETE of a group, which is not there", (), None, ("404",))
    ] = "405"
    group_patch: Annotated[
        Literal["204", "200"], Knob("the answer to PATCH of a group", (), None, ("204", "200"))
    ] = "204"
    unknown_member: Annotated[
        Literal["400", "404", "ignore"],
        Knob("a member id of nobody", ("4d",), None, ("404", "400", "ignore")),
    ] = "400"
    member_noop: Annotated[
        Literal["accept", "reject"],
        Knob("adding a member, removing a stranger", ("8a", "8b"), hostile=("reject", "accept")),
    ] = "accept"
    filter_removal: Annotated[
        Literal["accept", "reject"],
        Knob('removal by path members[value eq "..."]', ()),
    ] = "accept"
    list_removal: Annotated[
        Literal["values", "everything", "reject"],
        Knob(
            "removal by path members with a value: these, or all as RFC 7644 reads it",
            (),
            hostile=("values", "reject", "everything"),
        ),
    ] = "values"
    replace_members: Annotated[
        Literal["replace", "add", "reject"],
        Knob("replace of members, by PATCH or PUT", ("6c", "6e"), hostile=("replace", "add")),
    ] = "replace"
    put_members: Annotated[
        Literal["clear", "keep"],
        Knob("PUT of a group without members", ("6b",), "keep", ("clear",)),
    ] = "clear"
    atomicity: Annotated[
        Literal["atomic", "partial"],
        Knob(
            "a PATCH of which one part is refused: nothing of it stays, or what came before",
            ("7a",),
            hostile=("partial", "atomic"),
        ),
    ] = "atomic"
    several_operations: Annotated[
        Literal["accept", "reject"],
        Knob("more than one operation in a PATCH", ("7b",), hostile=("accept", "reject")),
    ] = "accept"
    members_per_request: Annotated[
        int, Knob("members in one request before 400; 0 is no limit", ("7c",), 0, (10, 100))
    ] = 100

    # Time and trouble.
    stale_reads: Annotated[
        int,
        Knob("requests after a write in which it cannot be read yet", ("14b",), None, (0, 1, 2)),
    ] = 0
    requests_per_minute: Annotated[
        int,
        Knob(
            "the quota; 0 is off. Off by default: enforcing real minutes would make a rehearsal"
            " wait for a limit that nobody shares",
            ("15a",),
        ),
    ] = 0
    quota_window_seconds: Annotated[
        int,
        Knob(
            "the window in which the quota is counted, its part of the quota with it: Asana's is"
            ' a minute, evaluated "more frequently"',
            ("15a",),
            hostile=(1, 10, 60),
        ),
    ] = 60
    concurrent_reads: Annotated[int, Knob("GETs in flight before 429; 0 is off", ("15a",))] = 50
    concurrent_writes: Annotated[int, Knob("writes in flight before 429; 0 is off", ("15a",))] = 15
    latency_ms: Annotated[int, Knob("milliseconds that every answer takes", ())] = 0
    fault_percent: Annotated[
        int, Knob("how many of a hundred requests meet trouble", (), None, (10, 20, 30))
    ] = 0
