"""The only place that knows HTTP and SCIM."""

import sys
from typing import Any

# The HTTP library brings a command line of its own and imports it, a syntax highlighter with it,
# wherever it is installed: a tenth of our start-up and five megabytes, for nothing. It copes
# without, as it says itself, where the import fails.
_modules: dict[str, Any] = sys.modules
_modules.setdefault("httpx._main", None)
