"""Directory servers as the config describes them: who asks, with which password, over what."""

from functools import partial
from pathlib import Path

from syncer.cli.secret import read_password
from syncer.model.errors import UsageError
from syncer.model.policy.directory import LdapSource
from syncer.sources.ldap_question import Answer, LdapError, Question
from syncer.sources.ldap_search import Connect, reach, search


class Servers:
    """Asks directory servers. Paths in the config are relative to `base`."""

    def __init__(self, base: Path) -> None:
        self._base = base

    def ask(self, source: LdapSource, question: Question) -> Answer:
        """The whole answer. Raises LdapError when it may not be whole, or cannot be had."""
        return search(source, question, self._connect(source))

    def greet(self, source: LdapSource) -> None:
        """Log in and look at the base alone. Raises LdapError when that does not succeed."""
        reach(source, self._connect(source))

    def _connect(self, source: LdapSource) -> Connect:
        """How a session with one of the source's servers begins. Raises LdapError."""
        # Slow to load: only who asks a server needs it.
        from syncer.sources.ldap_connection import Access, connected  # noqa: PLC0415

        bundle = source.ca_bundle
        access = Access(
            bind_dn=source.bind_dn,
            password=self._password(source),
            start_tls=source.start_tls,
            ca_bundle=self._base / Path(bundle).expanduser() if bundle else None,
            allow_plaintext=source.allow_plaintext,
            timeout_seconds=source.timeout_seconds,
            page_size=source.page_size,
        )
        return partial(connected, access=access)

    def _password(self, source: LdapSource) -> str:
        if source.password is None:
            return ""
        account = source.bind_dn or "the account"
        try:
            return read_password(source.password, self._base, account).get_secret_value()
        except UsageError as error:
            raise LdapError(error.message, error.hint) from None
