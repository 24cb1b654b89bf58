"""Sentence embeddings as they travel and lie: float16, little endian, of any length, in base64 on the wire."""

from __future__ import annotations

import base64
import binascii
import math
import struct

ITEM_BYTES = 2
# 8 kB of base64 hold three thousand dimensions.
BASE64_MAX = 8192


def decode(text: str) -> bytes:
    """The bytes of a vector.

    Raises:
        ValueError: not base64, no whole number of float16, not finite, or of length zero.
    """
    try:
        packed = base64.b64decode(text, validate=True)
    except binascii.Error as wrong:
        raise ValueError("not base64") from wrong
    if not packed or len(packed) % ITEM_BYTES:
        raise ValueError("not a whole number of float16")
    numbers = _unpack(packed)
    if not all(map(math.isfinite, numbers)) or not any(numbers):
        raise ValueError("a vector of finite numbers, not all zero")
    return packed


def cosine(first: bytes, second: bytes) -> float | None:
    """From -1 to 1; None where they are of different lengths, as after a change of the embedding model."""
    if len(first) != len(second):
        return None
    one, other = _unpack(first), _unpack(second)
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))


def _unpack(packed: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(packed) // ITEM_BYTES}e", packed)
