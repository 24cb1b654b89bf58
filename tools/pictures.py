"""``python -m tools.pictures``: the console's pages as pictures in ``docs/pictures``, at three widths, in light and dark.

The service runs in this process on a made-up desk; Chromium draws. Small palettes keep the files small.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from tests.browser import console_desk
from tests.browser.console_desk import Desk, Walker
from tools.stack import ROOT

WIDTHS = {1440: 900, 1024: 800, 390: 844}
THEMES = ("light", "dark")
COLOURS = 48
# A long page is shown as far as a reader looks.
HEIGHT_MAX = 1800
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--only", nargs="*", default=[], help="names of pages")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="mesa-pictures-") as folder,
        served(Path(folder)) as desk,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for theme in THEMES:
            for width, height in WIDTHS.items():
                _draw_all(browser, desk, theme, width, height, asked)
        browser.close()
    return 0


def _draw_all(browser: Browser, desk: Desk, theme: str, width: int, height: int, asked: argparse.Namespace) -> None:
    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, color_scheme=theme, locale="es-AR", reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    walker = Walker(page, desk)
    for name, path in desk.pages().items():
        if asked.only and name not in asked.only:
            continue
        walker.open(path)
        # What comes after the page: likenesses, who else is there. A stream of news is open, so the network is never idle.
        page.wait_for_timeout(500)
        target = asked.into / f"{name}-{width}-{theme}.png"
        _save(page.screenshot(full_page=True), target)
        print(f"{target.name}: {target.stat().st_size // 1024} kB", file=sys.stderr)
    context.close()


def _save(drawn: bytes, target: Path) -> None:
    with Image.open(io.BytesIO(drawn)) as image:
        shown = image.crop((0, 0, image.width, min(image.height, HEIGHT_MAX))).convert("RGB")
        shown.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


@contextmanager
def served(folder: Path) -> Iterator[Desk]:
    """A desk with tickets of all kinds on a port of its own."""
    desk, app = console_desk.made(folder)
    server = make_server("127.0.0.1", urlsplit(desk.url).port or 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield desk
    server.shutdown()


if __name__ == "__main__":
    sys.exit(main())
