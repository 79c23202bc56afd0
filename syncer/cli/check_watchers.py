"""Can those who watch from afar be reached? Asked by `syncer check`; no run depends on it."""

from collections.abc import Iterator
from typing import Final

from syncer.cli.secret import place_of, read_hidden
from syncer.cli.telling import URL, each_end, hidden_names, name_of, urls_in
from syncer.config.loader import LoadedConfig
from syncer.model.errors import UsageError
from syncer.model.policy.secrets import Secret
from syncer.model.probe import Check, Verdict
from syncer.watch.errands import Errand, run_errands
from syncer.watch.messenger import DONE

_BODY: Final = "This is a test that somebody asked for with `syncer check --notify`.\n"
_BY_HAND: Final = "try the URL by hand, which says more: apprise -vv --body test URL"


def watchers(loaded: LoadedConfig, *, send: bool) -> Iterator[Check]:
    """A line for each secret of the sections `metrics` and `notifications`.

    With `send` a test message goes to each URL, and each says whether it arrived.
    """
    config = loaded.config
    gateway, notifications = config.metrics.pushgateway, config.notifications
    if gateway is not None and not isinstance(gateway, str):
        check, _ = _found(loaded, gateway, "pushgateway", "metrics.pushgateway")
        yield check
    if notifications.ping is not None:
        check, _ = _found(loaded, notifications.ping, "ping", "notifications.ping")
        yield check
    urls: list[tuple[str, str]] = []
    for index, secret in enumerate(notifications.urls):
        check, text = _found(loaded, secret, "notify", f"notifications.urls[{index}]")
        yield check
        urls += urls_in(text, place_of(secret))
    if send:
        yield from _sent(loaded, urls)


def _found(loaded: LoadedConfig, secret: Secret, name: str, key: str) -> tuple[Check, str]:
    try:
        text = read_hidden(secret, loaded.path.parent, key, URL)
    except UsageError as error:
        return Check(name, Verdict.WARNING, error.message, error.hint), ""
    return Check(name, Verdict.GOOD, f"{place_of(secret)} is there"), text


def _sent(loaded: LoadedConfig, urls: list[tuple[str, str]]) -> Iterator[Check]:
    if not urls:
        remedy = "name where URLs are kept: notifications: {urls: [{env: NAME}]}"
        yield Check("notify", Verdict.FAILED, "there is nobody to send a test to", remedy)
        return
    order = {
        "do": "notify",
        "urls": [url for _, url in urls],
        "title": f"syncer check, {name_of(loaded)}: a test",
        "body": _BODY,
        "type": "info",
    }
    errand = Errand(order, loaded.config.notifications.timeout_seconds)
    (told,) = run_errands([errand], hidden_names(loaded))
    for place, end in each_end(told, [place for place, _ in urls]):
        if end == DONE:
            yield Check("notify", Verdict.GOOD, f"{place}: a test was sent")
        else:
            yield Check("notify", Verdict.FAILED, f"{place} {end}", _BY_HAND)
