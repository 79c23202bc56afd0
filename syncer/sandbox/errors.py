"""What goes wrong with the stand-in itself, as opposed to what it answers on purpose."""


class SandboxError(Exception):
    """The state file, a switch or a port cannot be used: what is wrong, and what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
