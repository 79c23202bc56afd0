"""The process that runs one errand: reads an order, does it, and says how each part of it went.

Started by `errands` alone. What it says holds no URL: whoever started it shows it to people.
"""

import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

DONE: Final = "done"
_WEB: Final = frozenset({"http", "https"})
_ENOUGH: Final = 65_536
"""Bytes of an answer that nobody needs."""

_SURPLUS: Final = 5
"""Seconds after its time at which a process ends that nobody has cut off."""


def main() -> None:
    """Do what stands on stdin."""
    order = json.load(sys.stdin)
    signal.alarm(int(order["seconds"]) + _SURPLUS)
    ORDERS[order["do"]](order)


def notify(order: Mapping[str, Any]) -> None:
    """Send one text to each URL at the same time, so that none waits for another."""
    import apprise  # noqa: PLC0415  # a hundred services, for this errand alone

    asset = apprise.AppriseAsset(
        app_id="syncer",
        app_desc="directory to Asana",
        app_url="",
        # Pictures that somebody else serves would tell him of every notification.
        image_url_mask="",
        image_url_logo="",
    )

    def send(url: str) -> str:
        messenger = apprise.Apprise(asset=asset)
        if not messenger.add(url):
            return "is no URL that apprise knows"
        sent = messenger.notify(
            title=order["title"],
            body=order["body"],
            body_format=apprise.NotifyFormat.MARKDOWN,
            notify_type=order["type"],
        )
        return DONE if sent else "was refused, or could not be reached"

    _each(send, order["urls"])


def push(order: Mapping[str, Any]) -> None:
    """Push metrics to a Pushgateway; what they do not speak of stays there as it was."""
    from prometheus_client.exposition import (  # noqa: PLC0415  # for this errand alone
        basic_auth_handler,
        default_handler,
        pushadd_to_gateway,
    )

    from syncer.watch.exposition import registry_of  # noqa: PLC0415  # likewise

    parts = urlsplit(order["url"])
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    user, password = (unquote(part or "") for part in (parts.username, parts.password))

    def with_password(
        url: str,
        method: str,
        timeout: float | None,
        headers: list[tuple[str, str]],
        data: bytes,
    ) -> Callable[[], None]:
        return basic_auth_handler(url, method, timeout, headers, data, user, password)

    def deliver(_: str) -> str:
        pushadd_to_gateway(
            address,
            job="syncer",
            registry=registry_of((), order["text"]),
            grouping_key=order["labels"],
            timeout=order["seconds"],
            handler=with_password if user else default_handler,
        )
        return DONE

    _each(deliver, [order["url"]])


def ping(order: Mapping[str, Any]) -> None:
    """Fetch a URL."""

    def fetch(url: str) -> str:
        if urlsplit(url).scheme not in _WEB:
            return "is no http address"
        request = Request(url, headers={"User-Agent": "syncer"})  # noqa: S310 - checked a line ago
        with urlopen(request, timeout=order["seconds"]) as answer:  # noqa: S310 - likewise
            answer.read(_ENOUGH)
        return DONE

    _each(fetch, [order["url"]])


ORDERS: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {
    "notify": notify,
    "push": push,
    "ping": ping,
}


def _each(deliver: Callable[[str], str], urls: Sequence[str]) -> None:
    """Deliver to every URL, and say of each by its number how that went, as soon as it did."""

    def say(number: int, url: str) -> None:
        sys.stdout.write(f"{number} {_spoken(deliver, url)}\n")
        sys.stdout.flush()

    with ThreadPoolExecutor(max_workers=max(1, len(urls))) as pool:
        list(pool.map(say, range(len(urls)), urls))


def _spoken(deliver: Callable[[str], str], url: str) -> str:
    # Of an error only what holds no part of a URL: those of libraries quote it.
    try:
        return deliver(url)
    except HTTPError as error:
        return f"answered {error.code}"
    except Exception as error:  # noqa: BLE001  # the last border of this process
        return f"could not be reached ({type(error).__name__})"


if __name__ == "__main__":
    main()
