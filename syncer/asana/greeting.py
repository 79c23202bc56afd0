"""What the first answer of a server tells of the way to it: time, clock, TLS."""

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from syncer.model.probe import Greeting


def greeting_of(response: httpx.Response, seconds: float) -> Greeting:
    """What this answer, which took so many seconds, tells. What cannot be read is left out."""
    tls, ends, issuer = _secured(response)
    return Greeting(
        seconds=seconds,
        clock_ahead=_ahead(response.headers.get("date", "")),
        tls=tls,
        certificate_ends=ends,
        issuer=issuer,
    )


def _ahead(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (datetime.now(UTC) - moment).total_seconds()


def _secured(response: httpx.Response) -> tuple[str, str, str]:
    stream = response.extensions.get("network_stream")
    secured = stream.get_extra_info("ssl_object") if stream is not None else None
    if not isinstance(secured, ssl.SSLObject | ssl.SSLSocket):
        return "", "", ""
    certificate = secured.getpeercert() or {}
    ends = certificate.get("notAfter")
    issuer = {
        str(pair[0]): str(pair[1])
        for part in certificate.get("issuer", ())
        for pair in part
        if len(pair) == 2
    }
    return (
        secured.version() or "TLS",
        datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC).date().isoformat()
        if isinstance(ends, str)
        else "",
        issuer.get("organizationName") or issuer.get("commonName", ""),
    )
