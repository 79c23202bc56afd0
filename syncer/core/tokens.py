"""What can be a token."""


def is_token(text: str) -> bool:
    """Whether the text can stand in a header as it is: one word of visible ASCII letters.

    RFC 6750, section 2.1, is narrower still; what Asana's tokens consist of is its own affair.
    """
    return bool(text) and text.isascii() and text.isprintable() and " " not in text
