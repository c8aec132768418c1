"""A browser for the tests of the page."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.conftest import IN_CI
from tests.web.program import Program

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser for the tests of one file; it must be closed before others run a loop."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        message = "there is no chromium on this computer: run make test, which installs it"
        pytest.fail(message) if IN_CI else pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Give a fresh browser profile."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def virtual(tmp_path: Path) -> Iterator[Program]:
    """Give the program with a virtual console and many callers."""
    with Program(tmp_path) as program:
        yield program


@pytest.fixture
def emulated(tmp_path: Path, uf2: Path) -> Iterator[Program]:
    """Give the program with the real firmware in the emulator."""
    with Program(tmp_path, console="emulated", uf2=str(uf2)) as program:
        yield program


@pytest.fixture
def page(context: BrowserContext, virtual: Program) -> Iterator[Page]:
    """Give the page of `virtual`, open; it must not stumble over anything."""
    yield from open_page(context, virtual)


def open_page(context: BrowserContext, program: Program) -> Iterator[Page]:
    """Open the page of a program; fail the test for an error in its scripts."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(program.link)
    page.wait_for_selector("#work:not([hidden])")
    yield page
    assert errors == []
