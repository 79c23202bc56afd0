"""The switches of how much of a request is understood, and how answers look."""

from dataclasses import dataclass
from typing import Annotated, Literal

from syncer.sandbox.knobs import Knob


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSwitches:
    """How the stand-in reads and shows things where the documentation is silent."""

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
        Knob("which request bodies are read; others get 415", ("16a",), "both", ("both", "json")),
    ] = "both"
    largest_body: Annotated[int, Knob("bytes of a request body before 413; 0 is no limit")] = (
        1 << 20
    )
    unknown_attributes: Annotated[
        Literal["reject", "ignore"],
        Knob("an attribute that no table lists", ("1d",), "ignore", ("ignore", "reject")),
    ] = "reject"
    other_parameters: Annotated[
        Literal["reject", "ignore"],
        Knob(
            "query parameters that no identity provider sends, and over REST those that no"
            " page lists",
            (),
            "ignore",
            ("ignore",),
        ),
    ] = "reject"
    other_filters: Annotated[
        Literal["reject", "ignore", "evaluate"],
        Knob(
            "filters beyond the two documented ones; ignore answers with everything",
            ("4f",),
            "evaluate",
            ("reject", "ignore"),
        ),
    ] = "reject"
    filter_case: Annotated[
        Literal["insensitive", "sensitive"],
        Knob(
            "letter case of the value in a filter", ("9d",), hostile=("sensitive", "insensitive")
        ),
    ] = "insensitive"

    # What is listed.
    paging: Annotated[
        Literal["ignores", "honours", "capped"],
        Knob(
            "startIndex and count: ignores gives the full list, capped never more than page_cap",
            ("2e",),
            "honours",
            ("capped", "ignores", "honours"),
        ),
    ] = "ignores"
    page_cap: Annotated[
        int, Knob("the longest page where paging is capped", ("2f",), hostile=(3, 7, 50))
    ] = 100
    order: Annotated[
        Literal["by_id", "shuffled"], Knob("shuffled gives each request another order", ("2d",))
    ] = "by_id"
    zombies: Annotated[
        Literal["listed", "hidden", "gone"],
        Knob(
            "deprovisioned users: listed with active false, hidden from lists only, or 404 too",
            ("2a",),
            hostile=("hidden", "gone", "listed"),
        ),
    ] = "listed"
    invitations: Annotated[
        Literal["listed", "hidden"],
        Knob("users who have not accepted their invitation", ("2b",)),
    ] = "listed"
    service_accounts: Annotated[
        Literal["hidden", "listed"],
        Knob("service accounts in lists", ("2c",), hostile=("listed",)),
    ] = "hidden"
    group_members: Annotated[
        Literal["single", "everywhere", "never"],
        Knob(
            "where members are: in GET /Groups/:id, in lists too, or nowhere",
            ("3a",),
            "everywhere",
        ),
    ] = "single"
    members_shown: Annotated[
        int,
        Knob("members of a big team in an answer, the rest is cut; 0 is all", ("3b",), 0, (0, 3)),
    ] = 0
    excluded_attributes: Annotated[
        Literal["ignored", "honoured"],
        Knob("excludedAttributes=members", ("3a",), "honoured", ("honoured",)),
    ] = "ignored"
    guest_members: Annotated[
        Literal["shown", "hidden"],
        Knob("guests among the members of a team", ("3c",), hostile=("shown", "hidden")),
    ] = "shown"
    zombie_members: Annotated[
        Literal["removed", "kept"],
        Knob("deprovisioned people among the members", ("3d",), hostile=("kept", "removed")),
    ] = "removed"

    # How a resource looks.
    view_only_domain: Annotated[
        bool,
        Knob("whether userType is returned and taken at all", ("13d",), hostile=(True, False)),
    ] = True
    user_type_outside: Annotated[
        Literal["reject", "ignore"],
        Knob(
            "userType sent to a domain without view-only", ("13d",), "ignore", ("ignore", "reject")
        ),
    ] = "reject"
    default_user_type: Annotated[
        Literal["enterprise", "view only"],
        Knob("the licence of a user created without one", ("13a",)),
    ] = "enterprise"
    other_tier: Annotated[
        Literal["shown", "hidden", "as_enterprise"],
        Knob(
            "userType in answers about a user of the tier 'business', which no page names;"
            " requests for it get 400",
            ("13a",),
            hostile=("shown", "hidden", "as_enterprise"),
        ),
    ] = "shown"
    admin_attributes: Annotated[
        Literal["returned", "hidden"],
        Knob("roles and licensingDivisionId in answers", ("1b",), hostile=("returned", "hidden")),
    ] = "returned"
    admin_patch: Annotated[
        Literal["accept", "ignore", "reject"],
        Knob("roles and licensingDivisionId in PATCH", ("1c",), hostile=("accept", "ignore")),
    ] = "accept"
    preferred_language: Annotated[
        Literal["stored", "ignored"],
        Knob(
            "preferredLanguage, which one vendor dropped", ("1a",), hostile=("ignored", "stored")
        ),
    ] = "stored"
    manager_returned: Annotated[
        Literal["id", "address", "name", "never"],
        Knob("what manager.value is in answers", ("12a",), hostile=("id", "address", "never")),
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
        bool, Knob("attributes in answers that no table lists", ("1a",), hostile=(True, False))
    ] = False
    discovery: Annotated[
        Literal["list", "array", "absent"],
        Knob(
            "the bodies of /ResourceTypes and /Schemas, never documented",
            ("1a",),
            "array",
            ("absent",),
        ),
    ] = "list"
    errors: Annotated[
        Literal["rest", "scim", "scim_number"],
        Knob(
            "the envelope of refusals; 401, 500 and all of REST always use the documented one",
            ("4g",),
            "scim",
            ("rest", "scim", "scim_number"),
        ),
    ] = "rest"
    throttle_envelope: Annotated[
        Literal["rest", "scim"],
        Knob("the envelope of 429 over SCIM", ("15b",), "scim", ("rest", "scim")),
    ] = "rest"
    etags: Annotated[
        Literal["absent", "ignored", "honoured"],
        Knob(
            "ETag in answers and If-Match in requests: neither, the former alone, or both",
            ("16b",),
            "ignored",
            ("honoured", "ignored", "absent"),
        ),
    ] = "absent"
