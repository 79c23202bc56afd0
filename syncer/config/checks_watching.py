"""What must hold of metrics and notifications beyond the types: places, and no secret."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from syncer.config.checks_secrets import secret_findings
from syncer.config.finding import Finding, Plain, items, section
from syncer.core.locations import Location

_SUFFIX: Final = ".prom"
_GATEWAY: Final = "for example http://pushgateway:9091"


def watching_findings(data: dict[str, Plain]) -> Iterator[Finding]:
    """Yield everything wrong with the texts of both sections. Repeats nothing of a secret."""
    metrics, notifications = section(data, "metrics"), section(data, "notifications")
    yield from _name(data.get("name"))
    yield from _textfile(metrics.get("textfile"))
    yield from _pushgateway(metrics.get("pushgateway"), ("metrics", "pushgateway"))
    urls = notifications.get("urls")
    if "urls" in notifications and not isinstance(urls, list):
        summary = "must be a list of {env: NAME} or {file: PATH}"
        yield Finding(("notifications", "urls"), summary, "a URL never stands in the config")
    for index, secret in enumerate(items(urls)):
        yield from secret_findings(secret, ("notifications", "urls", index), "the URL")
    if (ping := notifications.get("ping")) is not None:
        yield from secret_findings(ping, ("notifications", "ping"), "the URL")


def _name(name: Plain) -> Iterator[Finding]:
    if isinstance(name, str) and name and not (name.strip() and name.isprintable()):
        yield Finding(("name",), "must be one line of text", "for example Example Ltd")


def _textfile(path: Plain) -> Iterator[Finding]:
    """The collector passes over every other ending without a word."""
    if isinstance(path, str) and path and not path.endswith(_SUFFIX):
        summary = f"must end with {_SUFFIX}: the collector reads no other file"
        yield Finding(("metrics", "textfile"), summary, "for example syncer.prom")


def _pushgateway(url: Plain, at: Location) -> Iterator[Finding]:
    if url is None:
        return
    if not isinstance(url, str):
        yield from secret_findings(url, at, "its password")
        return
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        yield Finding(at, "is not an address", _GATEWAY)
        return
    if "@" in parts.netloc:
        hint = "name it by {env: NAME} or {file: PATH}"
        yield Finding(at, "must not hold a user name or password", hint)
    elif parts.scheme not in {"http", "https"} or not host or url != url.strip():
        yield Finding(at, "must be an address that starts with http:// or https://", _GATEWAY)
    elif parts.query or parts.fragment:
        yield Finding(at, "must end with its path, without ? and #", _GATEWAY)
