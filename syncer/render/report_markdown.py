"""What a run of apply did, as a comment: the verdict, what failed, what waits."""

from collections.abc import Sequence

from syncer.model.exits import Exit
from syncer.model.outcome import Report
from syncer.render.comment import Comment, Row
from syncer.render.conclusion import Done, conclude, described, report_exit
from syncer.render.report_text import totals, verdict
from syncer.render.wording import counted, short_digest


def render_report_markdown(
    report: Report,
    *,
    exit_code: Exit | None = None,
    mask: bool = False,
    quiet: bool = False,
    where: str = "",
) -> str:
    """The report as GitHub-flavoured Markdown of at most `comment.LARGEST` characters.

    Failures come first and open, what was skipped or held is folded; what was applied stands in
    the totals. `quiet` leaves totals and failures. `mask` and `where` are as in
    `markdown.render_markdown`.
    """
    code = report_exit(report) if exit_code is None else exit_code
    conclusion = conclude(report)
    comment = Comment(mask=mask, where=where or "the report: apply --format json")
    comment.put(f"### {comment.say(verdict(report, conclusion, code)[0])}\n\n")
    if report.stopped:
        comment.put(f"**Stopped: {comment.say(report.stopped)}**\n\n")
    comment.totals(totals(report, conclusion, code))
    run = f"run {report.run_id}, plan {short_digest(report.plan_digest)}" if report.run_id else ""
    tenant = f"; {report.plan.tenant}" if report.plan.tenant else ""
    comment.put(f"\n<sub>{comment.say(f'apply {run}{tenant}')}</sub>\n\n")
    for text in report.warnings:
        comment.item(f"warning: {comment.say(text)}")
    _fold(comment, "Failed", conclusion.failed, opened=True)
    if not quiet:
        _fold(comment, "Skipped", conclusion.skipped)
        _fold(comment, "Held", conclusion.held)
    return comment.text()


def _fold(comment: Comment, title: str, group: Sequence[Done], *, opened: bool = False) -> None:
    rows = (_row(comment, done) for done in group)
    heading = f"{title}: {counted(len(group), 'action')}"
    comment.fold(heading, "", ("", "why"), rows, opened=opened)


def _row(comment: Comment, done: Done) -> Row:
    origin = comment.place(done.action.origin if done.action else None)
    return f"{comment.say(described(done))} {origin}".strip(), comment.say(done.outcome.detail)
