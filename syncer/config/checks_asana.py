"""What must hold in the `asana:` section beyond the types: address, domains, token."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, urlsplit

from syncer.config.checks_secrets import secret_findings
from syncer.config.finding import Finding, Plain, items, shown
from syncer.core.hosts import is_loopback
from syncer.core.names import is_address

_BASE_URL: Final = "https://app.asana.com/api/1.0/scim"


def asana_findings(asana: dict[str, Plain]) -> Iterator[Finding]:
    """Yield everything wrong with the texts of the section. Repeats nothing of the token."""
    if not asana:
        return
    if "token" in asana:
        yield from secret_findings(asana["token"], ("asana", "token"))
    base_url = asana.get("base_url")
    if (base_url is None) == (asana.get("sandbox") is None):
        # The model says the same in the same words, but only when the rest is right.
        yield Finding(("asana",), "exactly one of 'base_url' and 'sandbox' is needed")
    if isinstance(base_url, str):
        yield from _base_url(base_url)
    for index, domain in enumerate(items(asana.get("domains"))):
        if isinstance(domain, str):
            yield from _domain(domain, index)
    workspace = asana.get("workspace")
    if isinstance(workspace, str) and workspace != "auto" and not _digits(workspace):
        summary = f"must be auto, the number of the workspace, or null, not {shown(workspace)}"
        yield Finding(("asana", "workspace"), summary)


def _base_url(text: str) -> Iterator[Finding]:
    at = ("asana", "base_url")
    hint = f"for example {_BASE_URL}"
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        yield Finding(at, "is not an address", hint)
        return
    if url.scheme not in {"https", "http"} or not host or text != text.strip():
        yield Finding(at, "must be an address that starts with https://", hint)
        return
    if "@" in url.netloc:
        summary = "must not hold a user name or password"
        yield Finding(at, summary, "the token alone opens the API; leave out what stands before @")
    if url.query or url.fragment or text.endswith(("?", "#")):
        yield Finding(at, "must end with its path, without ? and #", hint)
    if url.scheme == "http" and not is_loopback(host):
        summary = "plain http would send the token in the clear"
        yield Finding(at, summary, "use https; http is for a server on this machine")
    if _misses_scim(url):
        yield Finding(at, "is not the SCIM address of Asana", f"use {_BASE_URL}")


def _misses_scim(url: SplitResult) -> bool:
    # The address of the REST API is the one most people know; it answers 404 to SCIM.
    return url.hostname == "app.asana.com" and not url.path.rstrip("/").endswith("/scim")


def _domain(text: str, index: int) -> Iterator[Finding]:
    at = ("asana", "domains", index)
    if is_address(f"x@{text}"):
        return
    bare = text.rpartition("@")[2].removeprefix("*.").strip()
    hint = f"write {bare}" if is_address(f"x@{bare}") else "for example example.com"
    yield Finding(at, f"{shown(text)} is not a domain", hint)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
