"""A headless Chromium for tests, where one is installed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

# As root in a container Chromium has no sandbox of its own; the rest keeps it off the network.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser. Skips where none is installed, and fails there where one must be."""
    if CHROMIUM is None:
        if os.environ.get("SYNCER_NEEDS_BROWSER"):
            pytest.fail("SYNCER_NEEDS_BROWSER is set, and there is no chromium")
        pytest.skip("no chromium is installed; Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Screen:
    """One page in a browser, and whatever the browser had to say against it."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def show(self, path: Path) -> None:
        """Open a file."""
        self.page.goto(path.as_uri())

    @property
    def told(self) -> str:
        """How many entries are shown, as the page says."""
        return self.page.locator("#told").inner_text()
