"""What a host and a token look like, for everybody who asks."""

import pytest

from syncer.core.hosts import is_loopback
from syncer.core.tokens import is_token


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_is_told_by_name_and_by_number(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example.com", "10.0.0.1", "example.com", "::2"])
def test_every_other_host_is_elsewhere(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("text", ["", "a b", "a\tb", "a\n", "ä", "a\x00b", "a\x7f", "Bearer a"])
def test_what_no_header_takes_is_no_token(text: str) -> None:
    assert not is_token(text)


def test_any_other_word_is_one() -> None:
    assert is_token("2/1200000000000001/abc:d.e_f-g+h/i=")
