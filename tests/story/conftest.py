from pathlib import Path

import pytest

from tests.story.harness import House, furnish


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnish(tmp_path)
