"""Raw mails on the disk, each under the hash of its bytes: the same mail again is the same file, and none is ever half there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def keep(folder: Path, raw: bytes) -> str:
    """Write it to the disk; returns its path in the folder. Called with no transaction open: a disk may be slow."""
    digest = hashlib.sha256(raw).hexdigest()
    path = f"{digest[:2]}/{digest}.eml"
    file = folder / path
    if file.exists():
        return path
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f".{digest}.{os.getpid()}.part")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(raw)
        target.flush()
        os.fsync(target.fileno())
    half.replace(file)
    _sync(file.parent)
    return path


def read(folder: Path, path: str) -> bytes:
    """The bytes as they came.

    Raises:
        FileNotFoundError: the folder was not restored with the database.
    """
    return (folder / path).read_bytes()


def _sync(folder: Path) -> None:
    # Without it the name of a file that is on the disk may be lost in a power cut.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
