"""The switches of the REST API: whether the token may read it, and how much it tells.

They must not change what SCIM answers.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from syncer.sandbox.knobs import Knob
from syncer.sandbox.write_switches import WriteSwitches


@dataclass(frozen=True, slots=True, kw_only=True)
class RestSwitches(WriteSwitches):
    """What the stand-in tells over REST where the documentation leaves it open.

    Derived from the others for the sake of the table alone, as they are from each other.
    """

    rest: Annotated[
        Literal["allowed", "forbidden", "absent"],
        Knob(
            "reading over REST: allowed, 403 as for a token with the scopes of SCIM alone, or"
            " 404 for every path",
            (),
            None,
            ("allowed", "forbidden", "absent"),
        ),
    ] = "allowed"
    rest_gid: Annotated[
        Literal["same", "different"],
        Knob(
            "the gid of a user over REST; different counts gids apart, so that one may be the"
            " SCIM id of somebody else",
            ("14a",),
            None,
            ("same", "different"),
        ),
    ] = "same"
    rest_workspaces: Annotated[
        Literal["one", "several"],
        Knob(
            "the workspaces that the token sees; several are the furtherWorkspaces of the state"
            " besides the tenant's, or two made-up ones",
            (),
            None,
            ("one", "several"),
        ),
    ] = "one"
    rest_domains: Annotated[
        Literal["returned", "absent"],
        Knob("email_domains of a workspace over REST", (), None, ("returned", "absent")),
    ] = "returned"
    rest_email: Annotated[
        Literal["shown", "null", "absent"],
        Knob("user.email over REST, where it is asked for", (), None, ("shown", "null", "absent")),
    ] = "shown"
    rest_view_only: Annotated[
        Literal["returned", "absent"],
        Knob("is_view_only of a membership, which is new", (), None, ("returned", "absent")),
    ] = "returned"
    rest_former: Annotated[
        Literal["listed", "hidden"],
        Knob("memberships of deprovisioned people over REST", (), None, ("listed", "hidden")),
    ] = "listed"
    rest_service_accounts: Annotated[
        Literal["hidden", "listed"],
        Knob("memberships of service accounts over REST", (), None, ("hidden", "listed")),
    ] = "hidden"
    rest_page_cap: Annotated[
        int,
        Knob("the longest page over REST, below the documented 100", (), None, (2, 7, 100)),
    ] = 100
