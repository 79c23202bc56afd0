"""The token: put into each request, taken out of every text, read anew where it was refused."""

from collections.abc import Callable, Generator

import httpx

from syncer.asana.echoes import token_pattern
from syncer.core.tokens import is_token
from syncer.model.errors import UsageError


class Bearer(httpx.Auth):
    """Puts the token into a request, and takes it out of any text."""

    def __init__(self, token: str, renew: Callable[[], str] | None = None) -> None:
        self._token = self._checked(token)
        self._renew = renew
        self._patterns = [token_pattern(token)]

    @staticmethod
    def _checked(token: str) -> str:
        # Anything else would fail in the depths of the library, with the value in its message.
        if not token:
            raise UsageError("the Asana token is empty", "set the variable or file it comes from")
        if not is_token(token):
            raise UsageError(
                "the Asana token holds a blank, a line break or another character that no "
                "token has",
                "copy it again, without quotes and without the word Bearer",
            )
        return token

    @property
    def token(self) -> str:
        """The token that is in use now."""
        return self._token

    def replaced(self, refused: str) -> bool:
        """Whether another token than the refused one is in use now, read anew where it is kept.

        Whoever rotates a token writes the new one into the file and then revokes the old one;
        a run that is under way need not die of it.
        """
        if self._token == refused and self._renew is not None:
            try:
                self._token = self._checked(self._renew())
            except UsageError:
                return False  # the refusal says what there is to say
            self._patterns.append(token_pattern(self._token))
        return self._token != refused

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the token into the request; the library calls this."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def hide(self, text: str) -> str:
        """The text without any token that this run has used, in whatever spelling."""
        for pattern in self._patterns:
            text = pattern.sub("(token)", text)
        return text

    def hide_in(self, content: bytes) -> bytes:
        """The same of a body."""
        text = content.decode("utf-8", "surrogateescape")
        return self.hide(text).encode("utf-8", "surrogateescape")

    def __repr__(self) -> str:
        return "Bearer(hidden)"
