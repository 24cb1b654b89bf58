"""Pictures made anew from their pixels: no place of the photograph, no hidden payload, no bomb for who opens them.

OWASP, file upload: image rewriting. HEIC stays as it came: nothing here can read it; see :mod:`escalation.filetypes`.
"""

from __future__ import annotations

import io
import threading
import warnings
from typing import Any, BinaryIO

from PIL import Image, ImageOps, JpegImagePlugin

from escalation.errors import FileRefused

FORMAT_OF = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
# The largest camera of a usual telephone; four bytes each while it is decoded.
PIXELS_MAX = 50_000_000
# Of what a file says about its pixels, only what they would look wrong without.
_KEPT = ("transparency", "duration", "loop", "background", "disposal")
# A decoded picture takes up to 200 MB: several at once would be the end of a small machine.
_ONE_AT_A_TIME = threading.Lock()


def rewritten(stream: BinaryIO, media_type: str) -> BinaryIO:
    """The same picture in the same format, without metadata; an animation is cut where it gets too long.

    Raises:
        FileRefused: it cannot be read, or has more than fifty million pixels.
    """
    kind = FORMAT_OF[media_type]
    target = io.BytesIO()
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        # Our own limit is the lower one.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(stream, formats=[kind]) as image:
                _check_size(image)
                _save(image, kind, target)
        except FileRefused:
            raise
        except Exception as broken:
            # Decoders fail in many ways on what somebody made to break them.
            raise FileRefused("this picture cannot be read", file="type") from broken
    target.seek(0)
    return target


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > PIXELS_MAX:
        raise FileRefused(f"at most {PIXELS_MAX // 10**6} million pixels", file="type")


def _save(image: Image.Image, kind: str, target: BinaryIO) -> None:
    if kind == "JPEG":
        # The same tables: neither larger nor visibly worse than it came.
        sampling = JpegImagePlugin.get_sampling(image)
        tables: dict[str, Any] = {"qtables": getattr(image, "quantization", None), "subsampling": sampling if sampling >= 0 else -1}
        _bare(ImageOps.exif_transpose(image)).save(target, kind, **tables)
        return
    frames = _frames(image) if kind in ("GIF", "WEBP") else []
    if len(frames) > 1:
        shown = [int(frame.info.get("duration", 100)) for frame in frames]
        loop = {"loop": image.info["loop"]} if "loop" in image.info else {}
        frames[0].save(target, kind, save_all=True, append_images=frames[1:], duration=shown, **loop)
        return
    image.seek(0)
    _bare(ImageOps.exif_transpose(image)).save(target, kind)


def _frames(image: Image.Image) -> list[Image.Image]:
    # As many as have together no more pixels than one picture may have.
    frames: list[Image.Image] = []
    for number in range(max(1, PIXELS_MAX // (image.width * image.height))):
        try:
            image.seek(number)
        except EOFError:
            break
        frames.append(_bare(image))
    return frames


def _bare(image: Image.Image) -> Image.Image:
    clean = image.copy()
    clean.info = {name: value for name, value in image.info.items() if name in _KEPT}
    return clean
