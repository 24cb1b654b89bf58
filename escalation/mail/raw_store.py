"""Raw mails on the disk, each under the hash of its bytes: the same mail again is the same file, and none is ever half there.

They are what customers typed, passwords too: a signature or a returned mail can only be judged on the bytes as they came, so
nothing is taken out of them. Instead nobody but this service's user may read them (0600 in 0700), they go when they are not
needed any more (retention's "raw-mails"), staff read the text without its secrets, and only admins get the bytes.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

FOLDER_MODE = 0o700


def keep(folder: Path, raw: bytes) -> str:
    """Write it to the disk; returns its path in the folder. Called with no transaction open: a disk may be slow."""
    digest = hashlib.sha256(raw).hexdigest()
    path = f"{digest[:2]}/{digest}.eml"
    file = folder / path
    if file.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    file.parent.mkdir(exist_ok=True, mode=FOLDER_MODE)
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
        FileNotFoundError: the folder was not restored with the database, or the bytes were forgotten.
    """
    return _file(folder, path).read_bytes()


def beginning(folder: Path, path: str, count: int) -> bytes:
    """The first ``count`` bytes. Raises as :func:`read` does."""
    with _file(folder, path).open("rb") as raw:
        return raw.read(count)


def _file(folder: Path, path: str) -> Path:
    if not path:
        raise FileNotFoundError("its bytes were forgotten")
    return folder / path


def _sync(folder: Path) -> None:
    # Without it the name of a file that is on the disk may be lost in a power cut.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
