"""The stand-in Asana: one tenant that answers requests as the documentation says Asana does.

It is never bent to suit a client. It opens no socket: `server` serves it on a port, and a
client in the same process hands it requests directly.
"""

import contextlib
import hmac
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from syncer.sandbox.description import Description, described
from syncer.sandbox.documents import (
    FORMAT,
    Settings,
    group_document,
    read_document,
    settings_document,
    user_document,
)
from syncer.sandbox.errors import SandboxError
from syncer.sandbox.faults import BEFORE, Fault, FaultSchedule, instead, spoilt
from syncer.sandbox.limits import Limits
from syncer.sandbox.listing import View
from syncer.sandbox.rest import Rest, find_rest_call
from syncer.sandbox.routes import WRITES, Call, Router, find_call
from syncer.sandbox.storage import StateFile
from syncer.sandbox.switches import Switches
from syncer.sandbox.tenant import Tenant, id_order
from syncer.sandbox.wire import REST_DOCS, Answer, Refusal, rest_refusal, scim_refusal

BASE_PATH: Final = "/api/1.0/scim"
_REMEMBERED: Final = 100_000


class Request(NamedTuple):
    """One request as it was answered; status 0 when the connection was lost before."""

    method: str
    target: str
    status: int


class Sandbox:
    """One stand-in tenant, in memory or in a state file. Safe to use from several threads.

    SCIM is below `base_path`, and REST beside it: below the folder that `base_path` is in.

    `requests` are the latest requests in their order. A change is on disk before its answer
    is given; the file may be edited by hand between two requests.
    """

    def __init__(
        self,
        settings: Settings,
        tenant: Tenant,
        *,
        file: StateFile | None = None,
        faults: Sequence[Fault] = (),
        base_path: str = BASE_PATH,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._tenant = tenant
        self._file = file
        self._base = base_path.rstrip("/") + "/"
        self._rest_base = self.base_path.rpartition("/")[0]
        self._schedule = FaultSchedule(faults)
        self._limits = Limits(clock)
        self._lock = threading.RLock()
        self._number = 0
        self._earlier: deque[tuple[int, Tenant]] = deque()
        self.requests: deque[Request] = deque(maxlen=_REMEMBERED)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        profile: str = "strict",
        seed: int = 0,
        domains: Sequence[str] = (),
        base_path: str = BASE_PATH,
        clock: Callable[[], float] = time.monotonic,
    ) -> "Sandbox":
        """The tenant in the file; an empty one is made and saved where there is no file.

        `profile`, `seed` and `domains` are for a new file only. Raises SandboxError for a
        file that cannot be read or written.
        """
        if not path.exists():
            cls.reset(path, profile=profile, seed=seed, domains=domains)
        file = StateFile(path)
        return cls(*file.load(), file=file, base_path=base_path, clock=clock)

    @classmethod
    def reset(
        cls,
        path: Path,
        *,
        profile: str = "strict",
        seed: int = 0,
        domains: Sequence[str] = (),
        overrides: Mapping[str, object] | None = None,
    ) -> "Sandbox":
        """An empty tenant, in the place of whatever the file was; `overrides` are the switches
        that differ from those of the profile. Raises SandboxError."""
        switches = Switches.profile(profile, seed, **(overrides or {}))
        settings = Settings(switches=switches, domains=tuple(domains))
        sandbox = cls(settings, Tenant(), file=StateFile(path))
        try:
            sandbox.save()
        except OSError as error:
            raise SandboxError(f"{path}: cannot be written: {error.strerror}") from None
        return sandbox

    @classmethod
    def in_memory(
        cls,
        document: Mapping[str, object] | None = None,
        *,
        switches: Switches | None = None,
        faults: Sequence[Fault] = (),
        base_path: str = BASE_PATH,
        clock: Callable[[], float] = time.monotonic,
    ) -> "Sandbox":
        """A tenant without a file. `document` is what a state file would hold; an empty tenant
        without. `switches` replace those of the document. Raises SandboxError."""
        settings, tenant = read_document({"sandbox": FORMAT, **(document or {})})
        if switches is not None:
            settings = replace(settings, switches=switches)
        return cls(settings, tenant, faults=faults, base_path=base_path, clock=clock)

    @property
    def token(self) -> str:
        """The bearer token with all scopes."""
        return self._settings.token

    @property
    def switches(self) -> Switches:
        """How the tenant answers."""
        return self._settings.switches

    @property
    def base_path(self) -> str:
        """The path below which the API is, without a slash at its end."""
        return self._base.rstrip("/")

    def document(self) -> dict[str, object]:
        """The tenant as its state file would have it."""
        tenant = self._tenant
        users = [user_document(tenant.users[i]) for i in sorted(tenant.users, key=id_order)]
        groups = [group_document(tenant.groups[i]) for i in sorted(tenant.groups, key=id_order)]
        head = settings_document(self._settings)
        return {**head, "nextId": tenant.next_id, "users": users, "groups": groups}

    def save(self) -> None:
        """Write the state file, if there is one. Raises OSError; the old file stays then."""
        if self._file is not None:
            self._file.save(self._settings, self._tenant)

    def save_as(self, path: Path) -> None:
        """Write the tenant as a state file of its own. Raises SandboxError."""
        try:
            StateFile(path).save(self._settings, self._tenant)
        except OSError as error:
            raise SandboxError(f"{path}: cannot be written: {error.strerror}") from None

    def describe(self) -> Description:
        """What is in the tenant now."""
        with self._lock:
            self._reload()
            settings, tenant = self._settings, self._tenant
        path = str(self._file.path) if self._file else ""
        return described(path, settings, tenant)

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to one request; never an error, whatever comes in.

        `target` is the path with the query. A change is committed and on disk when this returns,
        also where the answer says that the connection was cut after it.
        """
        path, _, query = target.partition("#")[0].partition("?")
        rest = self._is_rest(path)
        below = path.removeprefix(self._rest_base if rest else self.base_path)
        with self._limits.arrival(write=method in WRITES) as arrived, self._lock:
            self._number += 1
            switches = self.switches
            if rest:  # where the envelope of 429 is documented
                switches = replace(switches, throttle_envelope="rest")
            fault = self._schedule.next(self._number, method, below, switches)
            answer = self._limits.refusal(switches, arrived)
            if answer is None and fault is not None and fault.kind in BEFORE:
                answer = instead(fault, switches)
            elif answer is None:
                answer = self._carried_out(method, path, query, _lowered(headers), body, fault)
                answer = answer if fault is None else spoilt(answer, fault, self._number)
            if answer.status != 429:  # which a gateway says at once
                answer = later(answer, switches.latency_ms / 1000)
            arrived.flies = answer.delay_seconds
            status = 0 if answer.cut == "before" else answer.status
            self.requests.append(Request(method, target, status))
            return answer

    def _carried_out(
        self,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
        fault: Fault | None,
    ) -> Answer:
        view = View(self._number, frozenset({fault.kind}) if fault else frozenset())
        try:
            with self._file.locked() if self._file and method in WRITES else _no_lock():
                self._reload()
                rest = self._is_rest(path)
                # No scope lets anybody write over REST here; the refusal is that of the path.
                self._authorise(headers, write=method in WRITES and not rest)
                if rest:
                    return self._read_rest(method, path, query, headers, view)
                call = find_call(method, self._below(path), query, headers, body, self._settings)
                return self._write(call, view) if method in WRITES else self._read(call, view)
        except Refusal as refusal:
            return self._refused(refusal, rest=self._is_rest(path))
        except SandboxError as error:
            return rest_refusal(500, error.message, phrase="sandbox state unreadable")
        except OSError as error:
            message = f"the sandbox could not save its state: {error.strerror or error}"
            return rest_refusal(500, message, phrase="sandbox state unsaved")

    def _read(self, call: Call, view: View) -> Answer:
        return Router(self._seen(view), self._settings, view).answer(call)

    def _read_rest(
        self, method: str, path: str, query: str, headers: Mapping[str, str], view: View
    ) -> Answer:
        call = find_rest_call(method, self._rest_base, path, query, headers, self.switches)
        return Rest(self._seen(view), self._settings, view).answer(call)

    def _write(self, call: Call, view: View) -> Answer:
        work = self._tenant.copy()
        try:
            answer = Router(work, self._settings, view).answer(call)
        except Refusal:
            if call.method == "PATCH" and self.switches.atomicity == "partial":
                self._commit(work)
            raise
        self._commit(work)
        return answer

    def _commit(self, work: Tenant) -> None:
        before, self._tenant = self._tenant, work
        if work == before:
            return
        try:
            self.save()
        except OSError:
            self._tenant = before
            raise
        self._earlier.append((self._number, before))

    def _seen(self, view: View) -> Tenant:
        """The tenant as a read sees it: without the writes that have not come through yet."""
        if "stale" in view.troubles and self._earlier:
            return self._earlier[-1][1]
        while self._earlier and self._earlier[0][0] + self.switches.stale_reads < view.number:
            if len(self._earlier) == 1:
                break  # kept for the fault `stale`
            self._earlier.popleft()
        if self._earlier and self._earlier[0][0] + self.switches.stale_reads >= view.number:
            return self._earlier[0][1]
        return self._tenant

    def _reload(self) -> None:
        if self._file is not None and self._file.changed:
            self._settings, self._tenant = self._file.load()
            self._earlier.clear()

    def _below(self, path: str) -> str:
        """The path below the base; empty, which is no call's path, for one elsewhere."""
        return path.removeprefix(self._base) if path.startswith(self._base) else ""

    def _is_rest(self, path: str) -> bool:
        scim = path == self.base_path or path.startswith(self._base)
        return not scim and f"{path}/".startswith(f"{self._rest_base}/")

    def _authorise(self, headers: Mapping[str, str], *, write: bool) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip().encode("utf-8", "replace")
        known = [self._settings.token, self._settings.read_only_token]
        full, reading = (bool(t) and hmac.compare_digest(given, t.encode()) for t in known)
        if scheme.lower() != "bearer" or not (full or reading):
            raise Refusal(401, "Not Authorized", {"WWW-Authenticate": "Bearer"})
        if write and not full:
            raise Refusal(403, "Forbidden: the token has only the scopes for reading")

    def _refused(self, refusal: Refusal, *, rest: bool) -> Answer:
        if rest:
            return rest_refusal(refusal.status, refusal.message, refusal.headers, docs=REST_DOCS)
        if self.switches.errors == "rest" or refusal.status == 401:
            return rest_refusal(refusal.status, refusal.message, refusal.headers)
        return scim_refusal(refusal, number=self.switches.errors == "scim_number")


def later(answer: Answer, seconds: float) -> Answer:
    """The answer after so many more seconds."""
    return replace(answer, delay_seconds=answer.delay_seconds + seconds) if seconds else answer


def _no_lock() -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


def _lowered(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {key.lower(): value for key, value in headers.items()}
