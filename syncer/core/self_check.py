"""What a first acquaintance means for an administrator: a line each, and what to do about it."""

from collections.abc import Iterator
from datetime import date
from typing import Final, Literal

from syncer.core.names import domain_key
from syncer.model.policy.asana import AsanaPolicy
from syncer.model.probe import Access, Answered, Check, Greeting, Probe, Verdict

Purpose = Literal["plan", "apply", ""]

CLOCK_SECONDS: Final = 60
"""So far a clock may be wrong without a word: grace and windows count in days."""

CERTIFICATE_DAYS: Final = 14
"""So many days before its end a certificate is worth a word."""

DOCUMENTED_RATES: Final = (150, 1500)
"""Requests a minute that Asana grants: the free plan, and paid ones (Asana, rate limits)."""

_LATER: Final = "run again later; where it stays so, ask Asana's support"
_SCOPES: Final = "Admin console, Apps, Service accounts, User provisioning (SCIM)"


def judged(
    found: Probe, policy: AsanaPolicy, today: date, *, purpose: Purpose = ""
) -> tuple[Check, ...]:
    """All lines of a self-test, in the order in which one depends on the other.

    `purpose` is what the token is meant for: for a plan a token that could write is worth a
    warning, for an apply one that cannot is a failure.
    """
    return (
        _connection(found, policy),
        *_tls(found.greeting, policy, today),
        _token(found),
        _scope(found, found.users, "Users: Read", "reading users"),
        _scope(found, found.teams, "Teams: Read", "reading teams"),
        _writing(found, purpose),
        _licenses(found),
        _domains(found, policy),
        _organization(found, policy),
        _clock(found.greeting),
        _quota(found, policy),
    )


def _connection(found: Probe, policy: AsanaPolicy) -> Check:
    where = policy.base_url or f"sandbox {policy.sandbox}"
    if found.greeting is None:
        return Check("url", Verdict.FAILED, found.connection.why, found.connection.hint)
    return Check("url", Verdict.GOOD, f"{where} answers in {found.greeting.seconds * 1000:.0f} ms")


def _tls(greeting: Greeting | None, policy: AsanaPolicy, today: date) -> Iterator[Check]:
    if greeting is None:
        yield Check("tls", Verdict.SKIPPED, "nothing answered")
        return
    if not greeting.tls:
        detail = "no network" if policy.sandbox else "plain http to this machine itself"
        yield Check("tls", Verdict.SKIPPED, detail)
        return
    trusted = f"trusted by {policy.ca_bundle}" if policy.ca_bundle else "trusted"
    by = f", issued by {greeting.issuer}" if greeting.issuer else ""
    detail = f"{greeting.tls}, certificate {trusted}{by}"
    if greeting.certificate_ends:
        detail += f", valid until {greeting.certificate_ends}"
        left = (date.fromisoformat(greeting.certificate_ends) - today).days
        if left <= CERTIFICATE_DAYS:
            remedy = f"the certificate ends in {left} days: whoever runs the server renews it"
            yield Check("tls", Verdict.WARNING, detail, remedy)
            return
    yield Check("tls", Verdict.GOOD, detail)


def _token(found: Probe) -> Check:
    match found.authenticated.access:
        case Access.GRANTED:
            return Check("token", Verdict.GOOD, "accepted")
        case Access.REFUSED:
            answer = found.authenticated
            return Check("token", Verdict.FAILED, answer.why, answer.hint)
        case Access.UNKNOWN if found.users.access is Access.REFUSED:
            return Check("token", Verdict.GOOD, "known, though it may not read users")
    return Check("token", Verdict.SKIPPED, "could not be tried")


def _scope(found: Probe, answer: Answered, box: str, what: str) -> Check:
    name = box.lower()
    if answer.access is Access.GRANTED:
        return Check(name, Verdict.GOOD, f"{what} is allowed")
    if found.greeting is None:
        return Check(name, Verdict.SKIPPED, "nothing answered")
    if found.authenticated.access is Access.REFUSED or answer.access is Access.NOT_ASKED:
        return Check(name, Verdict.SKIPPED, "the token was not accepted")
    if answer.access is Access.REFUSED:
        remedy = f"tick '{box}' for the service account: {_SCOPES}"
        return Check(name, Verdict.FAILED, answer.why, remedy)
    return Check(name, Verdict.FAILED, answer.why, answer.hint or _LATER)


def _writing(found: Probe, purpose: Purpose) -> Check:
    answers = {"Users": found.writes_users, "Teams": found.writes_teams}
    if all(one.access is Access.NOT_ASKED for one in answers.values()):
        detail = "not asked; --for plan or --for apply asks without changing anything"
        if purpose:
            detail = "could not be asked"
        return Check("writing", Verdict.SKIPPED, detail)
    allowed = [box for box, one in answers.items() if one.access is Access.GRANTED]
    refused = [box for box, one in answers.items() if one.access is Access.REFUSED]
    open_ = [one for one in answers.values() if one.access is Access.UNKNOWN]
    if open_:
        return Check("writing", Verdict.WARNING, open_[0].why, open_[0].hint)
    if purpose == "apply":
        if not refused:
            return Check("writing", Verdict.GOOD, "users and teams may be created and modified")
        boxes = " and ".join(f"'{box}: Create and modify'" for box in refused)
        detail = f"{' and '.join(refused).lower()} may not be modified"
        return Check("writing", Verdict.FAILED, detail, f"tick {boxes}: {_SCOPES}")
    if not allowed:
        return Check("writing", Verdict.GOOD, "the token cannot write: all that a plan needs")
    detail = f"the token could modify {' and '.join(allowed).lower()}, which a plan never does"
    remedy = f"a plan needs the two Read boxes alone: {_SCOPES}"
    return Check("writing", Verdict.WARNING, detail, remedy)


def _licenses(found: Probe) -> Check:
    if found.users.access is not Access.GRANTED:
        return Check("licences", Verdict.SKIPPED, "users could not be read")
    if not found.sampled:
        return Check("licences", Verdict.WARNING, "no user to look at",
                     "licence rules do nothing until Asana shows a userType")  # fmt: skip
    if found.licensed:
        detail = f"{found.licensed} of {found.sampled} users looked at show a userType"
        return Check("licences", Verdict.GOOD, detail)
    detail = f"none of {found.sampled} users looked at shows a userType"
    return Check("licences", Verdict.WARNING, detail,
                 "licence rules will do nothing: ask Asana about your plan")  # fmt: skip


def _domains(found: Probe, policy: AsanaPolicy) -> Check:
    ours = {domain_key(text) for text in policy.domains}
    if found.users.access is not Access.GRANTED:
        return Check("domains", Verdict.SKIPPED, "users could not be read")
    if not ours:
        known = ", ".join(found.own_domains or sorted(found.domains))
        remedy = f"set asana.domains{f'; Asana has {known}' if known else ''}"
        return Check("domains", Verdict.WARNING, "asana.domains is empty", remedy)
    if found.own_domains and (foreign := sorted(ours - set(found.own_domains))):
        detail = f"{', '.join(foreign)}: not a domain of the organization"
        remedy = f"Asana's own list has {', '.join(found.own_domains)}"
        return Check("domains", Verdict.WARNING, detail, remedy)
    inside = sum(number for name, number in found.domains.items() if name in ours)
    total = sum(found.domains.values())
    detail = f"{inside} of {total} active users looked at are within {', '.join(policy.domains)}"
    if total and not inside:
        seen = ", ".join(sorted(found.domains)[:5])
        remedy = f"is asana.domains right? Asana shows {seen}"
        return Check("domains", Verdict.WARNING, detail, remedy)
    return Check("domains", Verdict.GOOD, detail)


def _organization(found: Probe, policy: AsanaPolicy) -> Check:
    if policy.workspace is None:
        return Check("administrators", Verdict.SKIPPED, "asana.workspace is null: never read")
    if found.organization and not found.organization_unread:
        detail = f"{found.organization} can be read over REST, so administrators are protected"
        return Check("administrators", Verdict.GOOD, detail)
    if found.users.access is not Access.GRANTED:
        return Check("administrators", Verdict.SKIPPED, "users could not be read")
    why = found.organization_unread or "the organization was not found"
    remedy = "name your administrators in protected.users, or give the account full permissions"
    return Check("administrators", Verdict.WARNING, why, remedy)


def _clock(greeting: Greeting | None) -> Check:
    if greeting is None or greeting.clock_ahead is None:
        return Check("clock", Verdict.SKIPPED, "the server tells no date")
    seconds = greeting.clock_ahead
    if abs(seconds) <= CLOCK_SECONDS:
        return Check("clock", Verdict.GOOD, "agrees with the server's to the minute")
    side = "ahead of" if seconds > 0 else "behind"
    detail = f"this clock is {abs(seconds):,.0f} seconds {side} the server's"
    remedy = "set the clock by NTP: grace, windows and the age of a plan go by it"
    return Check("clock", Verdict.WARNING, detail, remedy)


def _quota(found: Probe, policy: AsanaPolicy) -> Check:
    rate = policy.requests_per_minute * policy.share
    detail = f"{rate:,.0f} requests a minute will be used"
    if policy.share < 1:
        detail = f"{detail}, {policy.share:.0%} of {policy.requests_per_minute:,}"
    if found.total:
        pages = -(-found.total // 100)
        detail += f"; reading {found.total:,} users takes {pages:,}"
    most = DOCUMENTED_RATES[-1]
    if policy.base_url and policy.requests_per_minute > most:
        remedy = f"Asana documents {most:,} a minute for paid plans: lower it, or expect refusals"
        return Check("quota", Verdict.WARNING, detail, remedy)
    return Check("quota", Verdict.GOOD, detail)
