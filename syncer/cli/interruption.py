"""A run is ended once, however often it is asked to end. Imports nothing heavy."""

import signal
from types import FrameType
from typing import Final

INTERRUPTING: Final = (signal.SIGTERM, signal.SIGINT)


class Interruption:
    """Ends a run at the first SIGINT or SIGTERM; apply has its own way once it writes.

    A second one while the run is ending would cut off how it ends, and is let pass. So is one
    that comes when apply is `over`: what it did is done, and has to be told as it is.
    """

    def __init__(self) -> None:
        self.came = False
        self.over = False

    def __call__(self, _: int, __: FrameType | None) -> None:
        """Raise KeyboardInterrupt, once."""
        if not self.came and not self.over:
            self.came = True
            raise KeyboardInterrupt


INTERRUPTION: Final = Interruption()
"""The one of this process."""
