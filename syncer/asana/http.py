"""The one module that holds an HTTP client: URLs, TLS, proxies, token, and what may go wrong.

Nothing of the HTTP library leaves this module but the type of a transport. The token is in no
message, no repr and no URL, and goes to no other host: redirects are errors.
"""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlencode, urlsplit

import httpx

from syncer.asana.bearer import Bearer
from syncer.asana.greeting import greeting_of
from syncer.asana.settings import ClientSettings
from syncer.asana.traffic import Traffic
from syncer.core.hosts import is_loopback
from syncer.model.errors import AsanaError, UnreachableError, UnreadableError, UsageError
from syncer.model.probe import Greeting

Transport = httpx.AsyncBaseTransport

# RFC 7644, section 8.1: every service provider accepts it; Asana states nothing, and the
# identity providers that officially push to Asana send it. Plain JSON follows on a 415.
SCIM_JSON: Final = "application/scim+json"
PLAIN_JSON: Final = "application/json"

_READS: Final = frozenset({"GET"})
_LONGEST_CONNECT: Final = 10.0
_PATIENCE: Final = 10
"""How many timeouts a whole answer may take: each is for a single silence, and an answer that
trickles in byte by byte has none. A tenant listed in one answer still has its ten minutes."""

_ASANAS: Final = "Asana's is https://app.asana.com/api/1.0/scim"
_OLDEST_TLS: Final = ssl.TLSVersion.TLSv1_2


class ReadOnlyError(AsanaError):
    """A write was attempted on a client made for planning: a fault of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, its URL relative to the base URL and quoted already.

    `base` stands in for the base URL; it is another address of the same host. `repeatable`
    says that sending it twice does what sending it once does.
    """

    method: str
    path: str
    base: str = ""
    query: str = ""
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    repeatable: bool = True

    @property
    def what(self) -> str:
        """The request as messages name it. The query stays out: it may hold an address."""
        return f"{self.method} /{self.path}"

    @property
    def writes(self) -> bool:
        """Whether Asana counts it among the writes."""
        return self.method not in _READS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer. `headers` has lower-case names; `sent_as` is the request's media type."""

    status: int
    reason: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    sent_as: str = SCIM_JSON


def query_of(**parameters: str | int) -> str:
    """A query string with blanks as %20: not every server reads a plus sign as a blank."""
    return urlencode(parameters, quote_via=quote, safe="")


def path_of(collection: str, scim_id: str) -> str:
    """The path of one resource; an id can never reach another one."""
    return f"{collection}/{quote(scim_id, safe='')}"


class Http:
    """Sends single requests, each once. `traffic` counts them.

    `deprecations` are the distinct `Asana-Change` headers seen, in order. `greeting` is what the
    first answer told, None before there was one.
    """

    def __init__(self, settings: ClientSettings, transport: Transport | None = None) -> None:
        self._read_only = settings.read_only
        self._timeout = settings.timeout_seconds
        self._host = urlsplit(settings.base_url).netloc.rpartition("@")[2]
        self._bearer = Bearer(settings.token, settings.renew)
        self._client = _client(settings, self._bearer, transport)
        self.media_type = SCIM_JSON
        self.traffic = Traffic()
        self.greeting: Greeting | None = None
        self.deprecations: dict[str, None] = {}

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def send(self, request: Request, left: Callable[[], None] | None = None) -> Reply:
        """Send one request once and return whatever came back, a refusal too.

        `left` is called when its first byte leaves, which is later than now where a connection
        has to be made; with a proxy more than once.

        Raises UnreachableError, UnreadableError for an answer that cannot be decoded, and
        ReadOnlyError before anything is sent.
        """
        if self._read_only and request.writes:
            raise ReadOnlyError(
                f"{request.what}: refused by ourselves, a plan never writes",
                "this is a fault of the program: please report it",
            )
        content, headers = None, dict(request.headers)
        if request.body is not None:
            content = json.dumps(request.body, separators=(",", ":")).encode()
            headers["Content-Type"] = sent_as = self.media_type
        else:
            sent_as = self.media_type
        url = f"{request.base}{request.path}"
        if request.query:
            url = f"{url}?{request.query}"
        used = self._bearer.token
        leaving = _leaving(left)
        response = await self._once(request, url, content, headers, leaving)
        if response.status_code == httpx.codes.UNAUTHORIZED and self._bearer.replaced(used):
            # A token that is refused has done nothing, so that even a POST may go again.
            response = await self._once(request, url, content, headers, leaving)
        for change in response.headers.get_list("asana-change"):
            self.deprecations[change] = None
        return Reply(
            status=response.status_code,
            reason=self._bearer.hide(response.reason_phrase),
            headers=dict(response.headers),
            content=self._shown(response),
            sent_as=sent_as,
        )

    async def _once(
        self,
        request: Request,
        url: str,
        content: bytes | None,
        headers: Mapping[str, str],
        extensions: dict[str, Any],
    ) -> httpx.Response:
        async with self._errors(request):
            begun = asyncio.get_running_loop().time()
            self.traffic.sent(request.method, begun)
            async with asyncio.timeout(_PATIENCE * self._timeout):
                response = await self._client.request(
                    request.method,
                    url,
                    content=content,
                    headers=dict(headers),
                    extensions=extensions,
                )
            # The library lets a response and its stream hold each other. The body has been read;
            # with the collector at rest it would stay in memory to the end of the run.
            response.stream = httpx.ByteStream(b"")
            self.traffic.answered(response.status_code)
            if self.greeting is None:
                seconds = asyncio.get_running_loop().time() - begun
                self.greeting = greeting_of(response, seconds)
            return response

    def _shown(self, response: httpx.Response) -> bytes:
        # A server may repeat the token in a refusal, which we quote. A success is data, in
        # which the same letters may stand for themselves.
        content = response.content
        return content if response.is_success else self._bearer.hide_in(content)

    @asynccontextmanager
    async def _errors(self, request: Request) -> AsyncIterator[None]:
        """Turn every error of the library into one of ours."""
        try:
            yield
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            httpx.StreamError,
            httpx.CookieConflict,
            OSError,
        ) as error:
            self.traffic.unanswered()
            # Should the library ever quote a header, its words stay out of the traceback.
            shown = error if self._bearer.hide(str(error)) == str(error) else None
            raise self._ours(request, error) from shown

    def _ours(self, request: Request, error: Exception) -> AsanaError:
        words = self._bearer.hide(" ".join(str(error).split()))[:300]
        if isinstance(error, _ANSWERED):
            text = f"{request.what}: the answer could not be decoded: {words}"
            return UnreadableError(text, _UNREADABLE)
        if isinstance(error, httpx.ConnectTimeout):
            words = f"no connection within {min(self._timeout, _LONGEST_CONNECT):g} s"
        elif isinstance(error, httpx.TimeoutException):
            words = f"no answer within {self._timeout:g} s"
        elif isinstance(error, TimeoutError):
            words = f"no whole answer within {_PATIENCE * self._timeout:g} s"
        sent = not isinstance(error, _NOT_SENT)
        words = words or ("connection lost" if sent else "no connection")
        if not sent:
            words = f"{self._host}: {words}"
        return UnreachableError(f"{request.what}: {words}", _hint(error), sent=sent)


def _leaving(left: Callable[[], None] | None) -> dict[str, Any]:
    """What makes the library tell of the moment in which a request leaves."""
    if left is None:
        return {}

    async def hear(event: str, _: object) -> None:
        if event == "http11.send_request_headers.started":
            left()

    return {"trace": hear}


# A list of what surely never left; everything else may have been carried out.
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_UNREADABLE: Final = "is asana.base_url right, and does a proxy leave the answers alone?"
_ANSWERED: Final = (
    httpx.DecodingError,
    httpx.TooManyRedirects,
    httpx.HTTPStatusError,
    httpx.StreamError,
    httpx.CookieConflict,
)


def hopeless(error: BaseException) -> bool:
    """Whether trying again cannot help: a certificate, a name or a URL that is wrong."""
    return any(_is_hopeless(cause) for cause in _causes(error))


def _is_hopeless(error: BaseException) -> bool:
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_NONAME
    return isinstance(
        error, ssl.SSLCertVerificationError | httpx.InvalidURL | httpx.UnsupportedProtocol
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _hint(error: BaseException) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "if a proxy inspects TLS, name its certificate in asana.ca_bundle"
        if isinstance(cause, socket.gaierror | httpx.InvalidURL | httpx.UnsupportedProtocol):
            return "is asana.base_url spelt right?"
        if isinstance(cause, httpx.ProxyError):
            return "the proxy named by HTTPS_PROXY or ALL_PROXY refused"
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "is asana.base_url right, and may this machine reach it?"
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "run again later, or raise asana.timeout_seconds"
    return "run again: a run that was cut off does nothing twice"


def _client(
    settings: ClientSettings, bearer: Bearer, transport: Transport | None
) -> httpx.AsyncClient:
    base_url = checked_base_url(settings.base_url, any_host=transport is not None)
    timeout = settings.timeout_seconds
    try:
        return httpx.AsyncClient(
            base_url=base_url,
            auth=bearer,
            transport=transport,
            verify=_tls(settings.ca_bundle, base_url) if transport is None else True,
            headers={
                "Accept": f"{SCIM_JSON}, {PLAIN_JSON}",
                "User-Agent": settings.user_agent,
            },
            # The places in flight are counted before the pool, so the pool makes nobody wait.
            timeout=httpx.Timeout(timeout, connect=min(timeout, _LONGEST_CONNECT), pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=65),
            follow_redirects=False,
        )
    except (ValueError, ImportError, httpx.InvalidURL):
        # A proxy of the environment; its URL may hold a password, so the cause stays here.
        raise UsageError(
            "the HTTP client cannot be set up: a proxy of the environment cannot be used",
            "check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY",
        ) from None


def _tls(ca_bundle: str | None, base_url: str) -> ssl.SSLContext:
    if ca_bundle is None and base_url.startswith("http:"):
        # Nothing is encrypted on the way to this machine itself. Should anything else be asked
        # for, no certificate is trusted: to load those of all the world takes 25 ms.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    elif ca_bundle is None:
        context = httpx.create_ssl_context()
    else:
        try:
            context = ssl.create_default_context(cafile=ca_bundle)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"asana.ca_bundle: {ca_bundle} cannot be used: {error}",
                "name a file of PEM certificates",
            ) from error
    context.minimum_version = _OLDEST_TLS
    return context


def checked_base_url(text: str, *, any_host: bool = False) -> str:
    """The base URL with a trailing slash, fit to carry a token.

    Raises UsageError for anything but https, except that http may reach the host itself.
    """
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"asana.base_url is no URL: {error}", _ASANAS) from error
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError("asana.base_url may hold no user, password, query or fragment", _ASANAS)
    if parts.scheme not in {"https", "http"} or not host:
        raise UsageError(
            f"asana.base_url is no http address: {text!r}",
            _ASANAS,
        )
    if parts.scheme == "http" and not any_host and not is_loopback(host):
        raise UsageError(
            f"asana.base_url: plain http would show the token to the network ({host})",
            "use https; http is for a server on this machine",
        )
    return text.strip().rstrip("/") + "/"
