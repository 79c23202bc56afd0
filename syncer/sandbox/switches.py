"""Every open question about Asana's SCIM API as a switch: no client can rely on one answer.

The numbers are those of the list of unknowns that the project keeps about the API; the
default of each field is the strict profile, its Knob names the others. Nothing here is ever
set to suit a client.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Annotated, Any, Final, Literal

from syncer.sandbox.errors import SandboxError
from syncer.sandbox.knobs import PROFILES, Knob, Profile, Switch, checked, table_of

NOT_TESTABLE: Final[Mapping[int, str]] = {
    17: "intervals of other vendors' products; nothing of it is on the wire",
    18: "the text of a help article; nothing of it is on the wire",
}
"""The unknowns that no switch can stand for, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How the stand-in answers where the documentation is silent."""

    # How much of a request is understood.
    forms: Annotated[
        Literal["documented", "tolerant"],
        Knob(
            "documented takes lower-case ops, booleans and messages with schemas; tolerant also"
            " Replace, 'False', dotted keys and messages without schemas, as Entra sends them",
            lenient="tolerant",
            hostile=("documented", "tolerant"),
        ),
    ] = "documented"
    media_types: Annotated[
        Literal["both", "json", "scim"],
        Knob("which request bodies are read; others get 415", (16,), "both", ("both", "json")),
    ] = "both"
    largest_body: Annotated[int, Knob("bytes of a request body before 413; 0 is no limit")] = (
        1 << 20
    )
    unknown_attributes: Annotated[
        Literal["reject", "ignore"],
        Knob("an attribute that no table lists", (1,), "ignore", ("ignore", "reject")),
    ] = "reject"
    other_parameters: Annotated[
        Literal["reject", "ignore"],
        Knob("query parameters that no identity provider sends", (2,), "ignore", ("ignore",)),
    ] = "reject"
    other_filters: Annotated[
        Literal["reject", "ignore", "evaluate"],
        Knob(
            "filters beyond the two documented ones; ignore answers with everything",
            (4,),
            "evaluate",
            ("reject", "ignore"),
        ),
    ] = "reject"
    filter_case: Annotated[
        Literal["insensitive", "sensitive"],
        Knob("letter case of the value in a filter", (9,), hostile=("sensitive", "insensitive")),
    ] = "insensitive"

    # What is listed.
    paging: Annotated[
        Literal["ignores", "honours", "capped"],
        Knob(
            "startIndex and count: ignores gives the full list, capped never more than page_cap",
            (2,),
            "honours",
            ("capped", "ignores", "honours"),
        ),
    ] = "ignores"
    page_cap: Annotated[
        int, Knob("the longest page where paging is capped", (2,), hostile=(3, 7, 50))
    ] = 100
    order: Annotated[
        Literal["by_id", "shuffled"], Knob("shuffled gives each request another order", (2,))
    ] = "by_id"
    zombies: Annotated[
        Literal["listed", "hidden", "gone"],
        Knob(
            "deprovisioned users: listed with active false, hidden from lists only, or 404 too",
            (2,),
            hostile=("hidden", "gone", "listed"),
        ),
    ] = "listed"
    invitations: Annotated[
        Literal["listed", "hidden"],
        Knob("users who have not accepted their invitation", (2,)),
    ] = "listed"
    service_accounts: Annotated[
        Literal["hidden", "listed"], Knob("service accounts in lists", (2,), hostile=("listed",))
    ] = "hidden"
    group_members: Annotated[
        Literal["single", "everywhere", "never"],
        Knob(
            "where members are: in GET /Groups/:id, in lists too, or nowhere", (3,), "everywhere"
        ),
    ] = "single"
    excluded_attributes: Annotated[
        Literal["ignored", "honoured"],
        Knob("excludedAttributes=members", (2,), "honoured", ("honoured",)),
    ] = "ignored"
    guest_members: Annotated[
        Literal["shown", "hidden"],
        Knob("guests among the members of a team", (3,), hostile=("shown", "hidden")),
    ] = "shown"
    zombie_members: Annotated[
        Literal["removed", "kept"],
        Knob("deprovisioned people among the members", (3,), hostile=("kept", "removed")),
    ] = "removed"

    # How a resource looks.
    view_only_domain: Annotated[
        bool, Knob("whether userType is returned and taken at all", (13,), hostile=(True, False))
    ] = True
    user_type_outside: Annotated[
        Literal["reject", "ignore"],
        Knob("userType sent to a domain without view-only", (13,), "ignore", ("ignore", "reject")),
    ] = "reject"
    default_user_type: Annotated[
        Literal["enterprise", "view only"],
        Knob("the licence of a user created without one", (13,)),
    ] = "enterprise"
    admin_attributes: Annotated[
        Literal["returned", "hidden"],
        Knob("roles and licensingDivisionId in answers", (1,), hostile=("returned", "hidden")),
    ] = "returned"
    admin_patch: Annotated[
        Literal["accept", "ignore", "reject"],
        Knob("roles and licensingDivisionId in PATCH", (1,), hostile=("accept", "ignore")),
    ] = "accept"
    preferred_language: Annotated[
        Literal["stored", "ignored"],
        Knob("preferredLanguage, which one vendor dropped", (1,), hostile=("ignored", "stored")),
    ] = "stored"
    manager_returned: Annotated[
        Literal["id", "address", "name", "never"],
        Knob("what manager.value is in answers", (12,), hostile=("id", "address", "never")),
    ] = "id"
    given_family: Annotated[
        Literal["swapped", "split"],
        Knob(
            "givenName and familyName in answers; the documented example swaps them", (), "split"
        ),
    ] = "swapped"
    group_id_on_create: Annotated[
        Literal["number", "text"],
        Knob(
            "the id in the answer to POST /Groups; the documented example has a number", (), "text"
        ),
    ] = "number"
    ids: Annotated[
        Literal["text", "number"], Knob("ids in all other answers", (), None, ("number", "text"))
    ] = "text"
    active_form: Annotated[
        Literal["boolean", "text"],
        Knob("text answers 'True' and 'False'", (), None, ("text", "boolean")),
    ] = "boolean"
    extra_attributes: Annotated[
        bool, Knob("attributes in answers that no table lists", (1,), hostile=(True, False))
    ] = False
    discovery: Annotated[
        Literal["list", "array", "absent"],
        Knob(
            "the bodies of /ResourceTypes and /Schemas, never documented",
            (1,),
            "array",
            ("absent",),
        ),
    ] = "list"
    errors: Annotated[
        Literal["rest", "scim", "scim_number"],
        Knob(
            "the envelope of refusals; 401, 429 and 500 always use the documented REST one",
            (4, 15),
            "scim",
            ("rest", "scim", "scim_number"),
        ),
    ] = "rest"

    # Users.
    duplicate_user: Annotated[
        Literal["409", "200", "201"],
        Knob("POST of an address that is there: refused, or answered with the user", (4,), None,
             ("409", "200", "201")),
    ] = "409"  # fmt: skip
    zombie_create: Annotated[
        Literal["reject", "inactive", "revive"],
        Knob(
            "POST of a deprovisioned address: 409, 200 with the inactive user, or reactivated",
            (5,),
            "revive",
            ("inactive", "reject"),
        ),
    ] = "reject"
    reactivation: Annotated[
        Literal["reject", "silently-ignore", "allow"],
        Knob("active true for a deprovisioned user", (5,), "allow", ("silently-ignore", "reject")),
    ] = "reject"
    protected_people: Annotated[
        Literal["reject", "ignore", "allow"],
        Knob(
            "deactivating a super admin, billing owner or service account",
            (11,),
            hostile=("reject", "ignore"),
        ),
    ] = "reject"
    out_of_domain: Annotated[
        Literal["400", "403"], Knob("the refusal of a foreign address", (4,), None, ("403", "400"))
    ] = "400"
    rename: Annotated[
        Literal["allow", "ignore", "reject"],
        Knob(
            "a new userName; ignore answers 200 and keeps the old one until somebody verifies",
            (9,),
            hostile=("allow", "ignore"),
        ),
    ] = "allow"
    stored_case: Annotated[
        Literal["as_given", "lower"],
        Knob("letter case of a stored userName", (9,), hostile=("lower", "as_given")),
    ] = "as_given"
    given_name_patch: Annotated[
        Literal["reject", "ignore"],
        Knob("PATCH of givenName or familyName", (4,), "ignore", ("reject", "ignore")),
    ] = "reject"
    patch_empty: Annotated[
        Literal["reject", "ignore", "clear"],
        Knob("an empty text or null in PATCH", (6,), "clear", ("ignore", "reject")),
    ] = "reject"
    address_replace: Annotated[
        Literal["whole", "merge"],
        Knob("PATCH replace of addresses: RFC 7644 drops the parts left out", (1,), "merge"),
    ] = "whole"
    user_remove: Annotated[
        Literal["reject", "allow"], Knob("PATCH remove on a user", (6,), "allow")
    ] = "reject"
    put_active: Annotated[
        Literal["keep", "deactivate", "reject"],
        Knob("PUT without active", (6,), "keep", ("deactivate", "keep")),
    ] = "reject"
    delete_status: Annotated[
        Literal["204", "200"], Knob("the answer to DELETE of a user", (4,), None, ("204", "200"))
    ] = "204"
    dangling_manager: Annotated[
        Literal["reject", "accept", "ignore"],
        Knob("a manager that is no user", (12,), "accept", ("reject", "ignore", "accept")),
    ] = "reject"
    no_seat: Annotated[
        Literal["402", "400", "403"],
        Knob("the refusal when no seat is free", (13,), None, ("402", "400", "403")),
    ] = "402"

    # Groups.
    duplicate_teams: Annotated[
        Literal["reject", "allow"],
        Knob("POST or rename to a team name in use", (10,), "allow", ("allow", "reject")),
    ] = "reject"
    longest_text: Annotated[
        int, Knob("characters of any text before 400", (10,), hostile=(255, 1024))
    ] = 1024
    delete_group: Annotated[
        Literal["405", "404"], Knob("DELETE of a group, which is not there", (), None, ("404",))
    ] = "405"
    group_patch: Annotated[
        Literal["204", "200"], Knob("the answer to PATCH of a group", (4,), None, ("204", "200"))
    ] = "204"
    unknown_member: Annotated[
        Literal["400", "404", "ignore"],
        Knob("a member id of nobody", (4,), None, ("404", "400", "ignore")),
    ] = "400"
    member_noop: Annotated[
        Literal["accept", "reject"],
        Knob("adding a member, removing a stranger", (8,), hostile=("reject", "accept")),
    ] = "accept"
    filter_removal: Annotated[
        Literal["accept", "reject"],
        Knob('removal by path members[value eq "..."]', (6,)),
    ] = "accept"
    list_removal: Annotated[
        Literal["values", "everything", "reject"],
        Knob(
            "removal by path members with a value: these, or all as RFC 7644 reads it",
            (6,),
            hostile=("values", "reject", "everything"),
        ),
    ] = "values"
    replace_members: Annotated[
        Literal["replace", "add", "reject"],
        Knob("replace of members, by PATCH or PUT", (6,), hostile=("replace", "add")),
    ] = "replace"
    put_members: Annotated[
        Literal["clear", "keep"], Knob("PUT of a group without members", (6,), "keep", ("clear",))
    ] = "clear"
    atomicity: Annotated[
        Literal["atomic", "partial"],
        Knob(
            "a PATCH of which one part is refused: nothing of it stays, or what came before",
            (7,),
            hostile=("partial", "atomic"),
        ),
    ] = "atomic"
    members_per_request: Annotated[
        int, Knob("members in one request before 400; 0 is no limit", (7,), 0, (10, 100))
    ] = 100

    # Time and trouble.
    stale_reads: Annotated[
        int, Knob("requests after a write in which it cannot be read yet", (14,), None, (0, 1, 2))
    ] = 0
    requests_per_minute: Annotated[
        int,
        Knob(
            "the quota; 0 is off. Off by default: enforcing real minutes would make a rehearsal"
            " wait for a limit that nobody shares",
            (15,),
        ),
    ] = 0
    concurrent_reads: Annotated[int, Knob("GETs in flight before 429; 0 is off", (15,))] = 0
    concurrent_writes: Annotated[int, Knob("writes in flight before 429; 0 is off", (15,))] = 0
    fault_percent: Annotated[
        int, Knob("how many of a hundred requests meet trouble", (), None, (10, 20, 30))
    ] = 0

    name: Profile = "strict"
    seed: int = 0

    @classmethod
    def profile(cls, name: str, seed: int = 0, **overrides: object) -> "Switches":
        """The switches of a profile; of hostile, the ones that the seed chooses.

        Raises SandboxError for a profile, seed or switch that cannot be.
        """
        if name not in PROFILES:
            raise SandboxError(f"no profile {name!r}", f"the profiles are {', '.join(PROFILES)}")
        if seed < 0:
            raise SandboxError(
                f"the seed {seed} is negative", "a seed is a whole number from 0 on"
            )
        chosen = {row.name: _choice(row, name, seed) for row in TABLE.values()}
        known: dict[str, Any] = {**chosen, **checked(TABLE, overrides)}
        return cls(**known, name=name, seed=seed)  # type: ignore[arg-type] # checked above

    @property
    def overrides(self) -> dict[str, object]:
        """The switches that differ from those of the profile."""
        plain = Switches.profile(self.name, self.seed)
        pairs = ((name, getattr(self, name)) for name in TABLE)
        return {name: value for name, value in pairs if value != getattr(plain, name)}


TABLE: Final[Mapping[str, Switch]] = table_of(Switches)
"""Every switch by name, for `sandbox show`, the state file and the tests."""


def _choice(row: Switch, profile: str, seed: int) -> object:
    if profile == "lenient" and row.knob.lenient is not None:
        return row.knob.lenient
    if profile == "hostile" and row.knob.hostile:
        return Random(f"{seed}:{row.name}").choice(row.knob.hostile)  # noqa: S311 - repeatable
    return row.strict
