"""Drift as rows of a page: what is no longer as our runs left it, and what this plan does."""

from collections.abc import Iterator

from syncer.model.drift import MEMBER, UNDOING, Drift
from syncer.model.plan import Plan
from syncer.render.characters import value, values
from syncer.render.drift_text import (
    VERDICTS,
    article,
    bound,
    by_verdict,
    found,
    label,
    membership,
    remark,
    title,
)
from syncer.render.page import Change, Group, Row


def drift_groups(plan: Plan) -> Iterator[Group]:
    """One group, the changes that this plan undoes first; nothing where nothing changed."""
    if plan.drift:
        yield Group(
            title=title(plan),
            remark=remark(plan),
            lead=bound(plan),
            rows=tuple(_row(one) for group in by_verdict(plan.drift) for one in group),
        )


def _row(one: Drift) -> Row:
    name = f"{article(one)}{value(one.subject)}"
    facts = (
        ("This plan", (VERDICTS[one.verdict].removeprefix("this plan "),)),
        ("Left so by", (f"run {one.run} of {one.at[:10]}",)),
        ("Id in Asana", (one.id,)),
    )
    badges = ("undone by this plan",) if one.verdict in UNDOING else ()
    if one.what == MEMBER:
        brief = f"{value(one.member)} {membership(one)}"
        return Row(sign="~", name=name, brief=brief, badges=badges, facts=facts)
    left, now = values(one.left_at, found(one))
    return Row(
        sign="~",
        name=name,
        brief=f"{label(one)} {left} \N{RIGHTWARDS ARROW} {now}",
        badges=badges,
        changes=(Change(label(one), left, now),),
        facts=facts,
    )
