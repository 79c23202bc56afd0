"""How a search in LDAP may end, and which referrals matter."""

from typing import Final

# RFC 4511, appendix A.
RESULTS: Final = {
    1: "operations error",
    2: "protocol error",
    3: "time limit exceeded",
    4: "size limit exceeded",
    8: "stronger authentication required",
    10: "referral",
    11: "administrative limit exceeded",
    12: "unavailable critical extension",
    13: "confidentiality required",
    32: "no such object",
    34: "invalid DN syntax",
    48: "inappropriate authentication",
    49: "invalid credentials",
    50: "insufficient access rights",
    51: "busy",
    52: "unavailable",
    53: "unwilling to perform",
    80: "other",
}
LIMITS: Final = frozenset({3, 4, 11})

# Partitions of Active Directory that hold no people: a referral to them misses nobody.
_HARMLESS: Final = ("cn=configuration,", "dc=domaindnszones,", "dc=forestdnszones,")


def misses_people(url: str) -> bool:
    """Whether people may be missed where this referral is not followed."""
    base = url.partition("://")[2].partition("/")[2].lower()
    return not base.startswith(_HARMLESS)
