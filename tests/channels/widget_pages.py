"""What the browser tests of the widget share: a browser, a page with the widget open, and the hands on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.test_the_road_in_a_browser import CHROMIUM_FLAGS
from wire import tokens

OPEN = "Abrir la Mesa de Ayuda"


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=CHROMIUM_FLAGS)
        yield started
        started.close()


@contextmanager
def context_of(browser: Browser, **more: Any) -> Iterator[BrowserContext]:
    """Somebody's browser: its storage is its own."""
    context = browser.new_context(**{"viewport": {"width": 1100, "height": 800}, "locale": "es-AR", **more})
    context.set_default_timeout(15_000)
    try:
        yield context
    finally:
        # An open stream would keep the door from stopping.
        context.close()


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    page.get_by_role("button", name=OPEN).click()
    expect(page.get_by_role("log")).to_contain_text("Eco: /greet")
    return page


def write(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Escriba su consulta").fill(text)
    page.get_by_role("textbox", name="Escriba su consulta").press("Enter")
    expect(page.get_by_text("Escribiendo…")).to_have_count(0)


def lines(page: Page) -> list[str]:
    return page.locator(".log .message").all_inner_texts()


def conversation_of(page: Page) -> str:
    """Known once the customer has said something."""
    token = page.evaluate("JSON.parse(localStorage.getItem('mesa-de-ayuda')).token")
    return str(tokens.read(token, "secret"))
