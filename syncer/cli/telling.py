"""Leave the numbers of a run where they are collected, and tell people what is new.

None of it changes how a run ends, and none of it takes longer than the config says. What cannot
be told is one warning in the log.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from syncer import __version__
from syncer.apply.files import PUBLIC, write_whole
from syncer.apply.standing_file import read_standing, standing_path, write_standing
from syncer.cli.logs import EventLog
from syncer.cli.secret import place_of, read_hidden
from syncer.cli.wiring import tenant_of
from syncer.config.loader import LoadedConfig
from syncer.core.news import News, last_well, news_of
from syncer.model.actions import Action
from syncer.model.errors import StateError, UsageError
from syncer.model.plan import Violation
from syncer.model.policy.secrets import EnvironmentSecret, Secret
from syncer.model.watching import RunFacts, Standing
from syncer.render.conclusion import Done
from syncer.render.news_text import Letter, news_markdown, news_title
from syncer.watch.errands import Errand, Told, run_errands
from syncer.watch.measures import Measure, measures
from syncer.watch.messenger import DONE

URL: Final = "a URL of whoever is to hear of runs"


@dataclass(frozen=True, slots=True)
class Task:
    """An errand, and what to do with what was heard of it."""

    errand: Errand
    heed: Callable[[Told], object]


def tell(
    log: EventLog,
    loaded: LoadedConfig,
    facts: RunFacts,
    violations: Sequence[Violation],
    failed: Sequence[Done],
    held: Sequence[Action],
    *,
    attended: bool,
) -> None:
    """Tell everybody whom the config names. Raises nothing that a config or a network can cause.

    Of an attended run people see for themselves, and no scheduler is alive by it.
    """
    teller = Teller(log, loaded, facts)
    tasks = list(teller.metrics())
    if not attended and facts.command in loaded.config.notifications.commands:
        tasks += teller.notification(violations, failed, held)
        tasks += teller.ping()
    teller.run(tasks)


class Teller:
    """Tells of one run."""

    def __init__(self, log: EventLog, loaded: LoadedConfig, facts: RunFacts) -> None:
        self._log = log
        self._loaded = loaded
        self._config = loaded.config
        self._facts = facts

    def run(self, tasks: Sequence[Task]) -> None:
        """Send everybody off at once, and heed what is heard of them."""
        if not tasks:
            return
        try:
            heard = run_errands([task.errand for task in tasks], hidden_names(self._loaded))
        except OSError as error:
            self._warn("watchers.not_told", why=error.strerror or type(error).__name__)
            heard = (Told(),) * len(tasks)
        for task, told in zip(tasks, heard, strict=True):
            task.heed(told)

    def metrics(self) -> Iterator[Task]:
        """Write the text file, and yield the push."""
        policy = self._config.metrics
        if policy.textfile is None and policy.pushgateway is None:
            return
        found = measures(self._facts, __version__)
        if policy.textfile is not None:
            self._write_textfile(self._loaded.resolve(policy.textfile), found)
        if policy.pushgateway is not None:
            yield from self._push(policy.pushgateway, found)

    def notification(
        self, violations: Sequence[Violation], failed: Sequence[Done], held: Sequence[Action]
    ) -> Iterator[Task]:
        """Yield the message, where there is news and somebody to tell."""
        policy = self._config.notifications
        if not policy.urls:
            return
        path = standing_path(self._loaded.resolve(self._config.journal), self._facts.command)
        news = news_of(self._standing(path), self._facts, policy)
        urls = self._urls(policy.urls) if news.topics else []
        if not urls:
            self._keep(path, news.untold if news.topics else news.told)
            return
        letter = Letter(
            topics=news.topics,
            facts=self._facts,
            quiet_since=last_well(news.untold),
            violations=violations,
            failed=failed,
            held=held,
            mask=policy.mask,
        )
        order = {
            "do": "notify",
            "urls": [url for _, url in urls],
            "title": news_title(letter),
            "body": news_markdown(letter),
            "type": "success" if letter.good else "warning",
        }
        places = [place for place, _ in urls]
        errand = Errand(order, policy.timeout_seconds)
        yield Task(errand, lambda told: self._sent(told, places, path, news))

    def ping(self) -> Iterator[Task]:
        """Yield the sign of life, after a success alone."""
        policy = self._config.notifications
        secret = policy.ping
        if secret is None or not self._facts.succeeded:
            return
        event, key = "ping.not_sent", "notifications.ping"
        url = self._hidden(secret, event, key, "the URL to fetch after a success")
        if url is not None:
            order = {"do": "ping", "url": url}
            yield Task(
                Errand(order, policy.timeout_seconds),
                lambda told: self._heed(told, event, [place_of(secret)]),
            )

    def _write_textfile(self, path: Path, found: Iterable[Measure]) -> None:
        from syncer.watch.exposition import exposition  # noqa: PLC0415  # only where wanted

        try:
            if path.exists() and not path.is_file():
                # To read from a pipe waits for somebody who writes, and the run with it.
                self._warn("metrics.not_written", path=str(path), why="it is there, and no file")
                return
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            text = exposition(found, before)
        except OSError as error:
            self._warn("metrics.not_written", path=str(path), why=error.strerror or "unreadable")
        except ValueError:
            why = "it holds what is not ours: remove it, or name another file"
            self._warn("metrics.not_written", path=str(path), why=why)
        else:
            try:
                write_whole(path, text, what="the metrics", mode=PUBLIC)
            except StateError as error:
                self._warn("metrics.not_written", path=str(path), why=error.message)

    def _push(self, gateway: str | Secret, found: Iterable[Measure]) -> Iterator[Task]:
        from syncer.watch.exposition import exposition  # noqa: PLC0415  # only where wanted

        event = "metrics.not_pushed"
        place = "metrics.pushgateway" if isinstance(gateway, str) else place_of(gateway)
        url: str | None
        if isinstance(gateway, str):
            url = gateway
        else:
            what = "the address of a Pushgateway"
            url = self._hidden(gateway, event, "metrics.pushgateway", what)
        if url is not None:
            order = {
                "do": "push",
                "url": url,
                "text": exposition(found),
                "labels": {"tenant": self._facts.tenant, "command": self._facts.command},
            }
            errand = Errand(order, self._config.metrics.timeout_seconds)
            yield Task(errand, lambda told: self._heed(told, event, [place]))

    def _standing(self, path: Path) -> Standing:
        try:
            return read_standing(path)
        except StateError as error:
            self._warn("notification.state_lost", why=error.message)
            return Standing()

    def _urls(self, secrets: Iterable[Secret]) -> list[tuple[str, str]]:
        """Each URL with the place where it is kept."""
        found = []
        for index, secret in enumerate(secrets):
            key = f"notifications.urls[{index}]"
            text = self._hidden(secret, "notification.not_sent", key, URL) or ""
            found += urls_in(text, place_of(secret))
        return found

    def _hidden(self, secret: Secret, event: str, key: str, what: str) -> str | None:
        try:
            return read_hidden(secret, self._loaded.path.parent, key, what)
        except UsageError as error:
            self._warn(event, why=error.message)
            return None

    def _sent(self, told: Told, places: Sequence[str], path: Path, news: News) -> None:
        arrived = self._heed(told, "notification.not_sent", places)
        self._keep(path, news.told if arrived else news.untold)

    def _heed(self, told: Told, event: str, places: Sequence[str]) -> int:
        """How many deliveries arrived; one warning for all that did not."""
        ends = each_end(told, places)
        if missed := [f"{place} {end}" for place, end in ends if end != DONE]:
            self._warn(event, why="; ".join(missed))
        return len(ends) - len(missed)

    def _keep(self, path: Path, standing: Standing) -> None:
        try:
            write_standing(path, standing)
        except StateError as error:
            self._warn("notification.state_lost", why=error.message)

    def _warn(self, event: str, **fields: object) -> None:
        self._log.event("warning", event, **fields)


def urls_in(text: str, place: str) -> list[tuple[str, str]]:
    """The URLs of a secret, each with its place: blanks or lines stand between them, and a line
    that begins with # is a remark."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    urls = [url for line in lines for url in line.split()]
    if len(urls) == 1:
        return [(place, urls[0])]
    return [(f"{place} ({number} of {len(urls)})", url) for number, url in enumerate(urls, 1)]


def each_end(told: Told, places: Sequence[str]) -> list[tuple[str, str]]:
    """How it ended for each place, in the order in which they were given."""
    heard = dict(line.split(" ", 1) for line in told.lines if " " in line)
    silent = told.fault or "said nothing"
    return [(place, heard.get(str(index), silent)) for index, place in enumerate(places)]


def name_of(loaded: LoadedConfig) -> str:
    """What those who watch call this tenant."""
    config = loaded.config
    return config.name or next(iter(config.asana.domains), "") or tenant_of(loaded)


def hidden_names(loaded: LoadedConfig) -> frozenset[str]:
    """The environment variables with secrets: no errand needs any of them."""
    config = loaded.config
    named = (
        config.asana.token,
        config.metrics.pushgateway,
        config.notifications.ping,
        *config.notifications.urls,
    )
    return frozenset(one.env for one in named if isinstance(one, EnvironmentSecret))
