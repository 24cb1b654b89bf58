"""Small real pictures, from the same library that makes them anew: what is kept is byte for byte what was sent."""

from __future__ import annotations

import io

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (12, 8), colour: str = "navy", **options: object) -> bytes:
    """A picture of one colour."""
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, kind, **options)
    return target.getvalue()


PNG = picture()
