"""Trouble on purpose: scripted for tests, or drawn from a seed in the hostile profile.

Which request meets which trouble depends on the seed and the number of the request alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Literal, get_args

from syncer.sandbox.limits import throttled
from syncer.sandbox.switches import Switches
from syncer.sandbox.wire import Answer, rest_refusal

Kind = Literal[
    "throttle",
    "status",
    "server_error",
    "server_error_after",
    "bad_gateway",
    "bad_gateway_after",
    "cut_before",
    "cut_after",
    "truncated",
    "not_json",
    "slow",
    "stale",
    "short_page",
    "ignore_start",
    "shuffled",
    "total_larger",
    "total_missing",
    "missing_members",
    "missing_user_type",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

BEFORE: Final = frozenset({"throttle", "status", "server_error", "bad_gateway", "cut_before"})
"""Troubles in which the request is never carried out."""

_ON_READS: Final[tuple[Kind, ...]] = (
    "server_error",
    "bad_gateway",
    "cut_before",
    "truncated",
    "not_json",
    "slow",
    "short_page",
    "ignore_start",
    "shuffled",
    "total_larger",
    "missing_members",
)
_ON_WRITES: Final[tuple[Kind, ...]] = (
    "server_error",
    "server_error_after",
    "bad_gateway",
    "bad_gateway_after",
    "cut_before",
    "cut_after",
    "truncated",
    "slow",
)
_BURST_WINDOW: Final = 12
_HTML: Final = b"<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One trouble, for the requests that match.

    `at` is the number of the request since the tenant was opened, from 1; without it the first
    that matches `method` and `path` (the beginning of the path below the base of SCIM, `/Users`,
    or of REST, `/workspaces`), after `skip` such requests, for `times` of them (0 is for ever).
    `seconds` is the Retry-After of throttle and the delay of slow, `status` the answer of status.
    """

    kind: Kind
    at: int | None = None
    method: str = ""
    path: str = ""
    skip: int = 0
    times: int = 1
    status: int = 503
    seconds: float = 1.0

    def matches(self, number: int, method: str, path: str) -> bool:
        """Whether the request is one that the trouble is for, leaving skip and times aside."""
        if self.at is not None and self.at != number:
            return False
        return self.method in {"", method} and path.startswith(self.path)


class FaultSchedule:
    """Hands out the trouble of each request. Scripted ones come first."""

    def __init__(self, scripted: Sequence[Fault] = ()) -> None:
        self._scripted = tuple(scripted)
        self._met = [0] * len(self._scripted)

    def next(self, number: int, method: str, path: str, switches: Switches) -> Fault | None:
        """The trouble that befalls this request, if any."""
        for index, fault in enumerate(self._scripted):
            if not fault.matches(number, method, path):
                continue
            self._met[index] += 1
            turn = self._met[index] - fault.skip
            if turn >= 1 and (fault.times == 0 or turn <= fault.times):
                return fault
        return drawn(number, method, switches) if switches.fault_percent else None


def drawn(number: int, method: str, switches: Switches) -> Fault | None:
    """The trouble that the seed has in store for this request. Bursts of 429 come first."""
    share = switches.fault_percent / 100
    window, place = divmod(number, _BURST_WINDOW)
    burst = Random(f"{switches.seed}:burst:{window}")  # noqa: S311 - repeatable on purpose
    if burst.random() < share:
        start = burst.randrange(_BURST_WINDOW)
        if start <= place < start + burst.randint(1, 3):
            return Fault(kind="throttle", seconds=1)
    chance = Random(f"{switches.seed}:fault:{number}")  # noqa: S311 - repeatable on purpose
    if chance.random() >= share:
        return None
    kind = chance.choice(_ON_READS if method == "GET" else _ON_WRITES)
    return Fault(kind=kind, seconds=0.05 if kind == "slow" else 1)


def instead(fault: Fault, switches: Switches) -> Answer:
    """The answer of a trouble in which nothing is carried out."""
    match fault.kind:
        case "throttle":
            return throttled(fault.seconds, switches)
        case "status":
            return rest_refusal(fault.status, "The request was refused on purpose")
        case "server_error":
            return _server_error()
        case "bad_gateway":
            return _html(502, b"502 Bad Gateway")
        case _:
            return Answer(0, cut="before")


def spoilt(answer: Answer, fault: Fault, number: int) -> Answer:
    """The answer of a trouble that befalls a request which was carried out."""
    match fault.kind:
        case "server_error_after":
            answer = _server_error()
        case "bad_gateway_after":
            answer = _html(502, b"502 Bad Gateway")
        case "not_json":
            answer = _html(200, b"Sign in to continue")
        case "cut_after":
            answer = replace(answer, cut="after")
        case "slow":
            answer = replace(answer, delay_seconds=fault.seconds)
        case "truncated":
            answer = _truncated(answer, number)
        case _:
            pass  # a trouble of the content, which the page shows already
    return answer


def _server_error() -> Answer:
    return rest_refusal(500, "Server Error", phrase="6 sad squid snuggle softly")


def _html(status: int, title: bytes) -> Answer:
    return Answer(status, {"Content-Type": "text/html"}, _HTML % (title, title))


def _truncated(answer: Answer, number: int) -> Answer:
    """The answer with its length announced in full and its end missing."""
    length = len(answer.body)
    if not length:
        return answer
    kept = Random(f"truncated:{number}").randrange(length)  # noqa: S311 - repeatable on purpose
    headers = {**answer.headers, "Content-Length": str(length)}
    return replace(answer, headers=headers, body=answer.body[:kept])
