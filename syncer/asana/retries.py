"""Sends a request until it is answered for good: pace, retries, and what a refusal means.

A request is repeated only when that is safe. A POST whose answer did not come may have been
carried out: the caller looks first, and this module never sends it again.

tenacity and stamina repeat one call, and know of no other. Here a 429 stops all calls of the
token, the pace is kept before each attempt, and whether a request may be repeated is for its kind
and its end to say; what is left for a library is a loop and a power of two.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from syncer.asana.errors import read_refusal, rejection
from syncer.asana.http import PLAIN_JSON, Http, Reply, Request, hopeless
from syncer.asana.pacing import Pacer
from syncer.asana.settings import Events, RetryPolicy, Timing
from syncer.model.errors import AsanaError, RejectedError, UnreachableError

_TRANSIENT: Final = frozenset({500, 502, 503, 504})
_SECONDS: Final = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Setback:
    """An attempt that failed: what to raise in the end, and whether to try once more.

    `floor` is the wait that Asana itself asked for; `everybody` says that it is for all.
    `in_doubt` says that the request may have been carried out all the same.
    """

    error: AsanaError
    again: bool
    floor: float = 0.0
    everybody: bool = False
    in_doubt: bool = False


class Sender:
    """The one door to Asana: at its pace, with bounded patience."""

    def __init__(
        self, http: Http, pacer: Pacer, policy: RetryPolicy, timing: Timing, event: Events
    ) -> None:
        self._http = http
        self._pacer = pacer
        self._policy = policy
        self._timing = timing
        self._event = event

    async def send(self, request: Request) -> Reply:
        """Return an answer of success (2xx).

        Raises RejectedError with its kinds, UnreachableError, UnreadableError. Waits between
        attempts keep their place in flight: work that waits is work that Asana asked to slow.
        """
        async with self._pacer.place(writes=request.writes):
            return await self._attempts(request)

    async def _attempts(self, request: Request) -> Reply:
        policy, attempt, spent, in_doubt = self._policy, 0, 0.0, False
        while True:
            start = await self._pacer.admit(policy.total_seconds - spent)
            attempt += 1
            answer = await self._attempt(request, start)
            spent += self._timing.clock() - start
            if isinstance(answer, Reply):
                return answer
            wait = max(answer.floor, self._backoff(attempt))
            if answer.everybody:
                self._pacer.close(wait)
            late = attempt >= policy.attempts or spent + wait > policy.total_seconds
            if late or not answer.again:
                if isinstance(answer.error, RejectedError):
                    answer.error.in_doubt = in_doubt
                raise answer.error
            in_doubt = in_doubt or answer.in_doubt
            self._event(
                "warning",
                "request.repeated",
                request=request.what,
                attempt=attempt,
                seconds=round(wait, 3),
                because=answer.error.message,
            )
            spent += wait
            if not answer.everybody:
                await self._timing.sleep(wait)

    async def _attempt(self, request: Request, start: float) -> Reply | _Setback:
        def left() -> None:
            nonlocal start
            start = self._pacer.left(start)

        try:
            reply = await self._http.send(request, left)
        except UnreachableError as error:
            safe = request.repeatable or not error.sent
            again = safe and not hopeless(error)
            return _Setback(error, again=again, in_doubt=error.sent)
        if 200 <= reply.status < 300:
            return reply
        if reply.status == 415 and request.body is not None and reply.sent_as != PLAIN_JSON:
            # Refused for its media type, so nothing was done; ask in the other one from now on.
            self._http.media_type = PLAIN_JSON
            return _Setback(rejection(request, reply), again=True)
        floor = retry_after(reply.headers, self._timing.now())
        if reply.status == 429:
            # Turned away unread, so even a POST may go again; the gate makes everybody wait.
            return _Setback(rejection(request, reply), again=True, floor=floor, everybody=True)
        if reply.status in _TRANSIENT and not request.repeatable:
            return _Setback(_lost(request, reply), again=False)
        transient = reply.status in _TRANSIENT
        return _Setback(
            rejection(request, reply), again=transient, floor=floor, in_doubt=transient
        )

    def _backoff(self, attempt: int) -> float:
        policy = self._policy
        whole = min(policy.longest_wait, policy.first_wait * 2.0 ** (attempt - 1))
        return whole * (0.5 + 0.5 * self._timing.chance())


def _lost(request: Request, reply: Reply) -> UnreachableError:
    detail = read_refusal(request, reply).detail
    text = f"{request.what}: {reply.status} {detail}; it may have been carried out"
    return UnreachableError(text, sent=True)


def retry_after(headers: Mapping[str, str], now: datetime) -> float:
    """The seconds that `Retry-After` asks for, 0 when it is absent or unreadable.

    A date counts from the server's own `Date`, so that a wrong clock here does no harm.
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    until = _date(text)
    if until is None:
        return 0.0
    return max(0.0, (until - (_date(headers.get("date", "")) or now)).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
