"""``python -m benchmarks.sizes``: what a page pays for the widget, in gzipped bytes, against the limits; exit code 1 above them."""

from __future__ import annotations

import gzip
import sys

from bot.channels import widget_code
from bot.faq.corpus import load_company
from bot.wording import filled

# Of the launcher, which every page loads, and of all that an opened widget has loaded.
LOADER_MAX, WHOLE_MAX = 3_000, 30_000


def sizes() -> dict[str, int]:
    """Gzipped bytes by file, as the front door sends them."""
    code = {widget_code.LOADER: filled(widget_code.loader(), load_company()).encode(), **widget_code.modules()}
    return {name: len(gzip.compress(content, mtime=0)) for name, content in code.items()}


def main() -> int:
    found = sizes()
    for name, size in sorted(found.items(), key=lambda item: -item[1]):
        print(f"{size:7,}  {name}")
    whole = sum(found.values())
    print(f"launcher {found[widget_code.LOADER]:,} of {LOADER_MAX:,} bytes; whole widget {whole:,} of {WHOLE_MAX:,}")
    return int(found[widget_code.LOADER] > LOADER_MAX or whole > WHOLE_MAX)


if __name__ == "__main__":
    sys.exit(main())
