"""Who runs this, for the journal and for reports."""

import getpass
import os


def who() -> str:
    """The account that runs this; a container may have none by name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
