"""What a host name says of where it leads."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether the host is this machine itself, by name (RFC 6761, section 6.3) or number."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
