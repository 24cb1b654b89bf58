"""The folder of customers' files. A file lies under its random id alone: what somebody called it is never part of a path."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from escalation import pictures
from escalation.errors import FileTooLarge
from escalation.filetypes import checked
from escalation.models import new_id

MEGABYTE = 2**20
FILE_MAX = 10 * MEGABYTE
NAME_MAX = 200
NAMELESS = "archivo"
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A file that is safe on the disk. ``path`` is relative to the folder, ``size`` in bytes."""

    path: str
    name: str
    media_type: str
    size: int
    sha256: str


def store(folder: Path, stream: BinaryIO, name: str) -> StoredFile:
    """Write it to the disk before anybody is told that we have it. Called with no transaction open: a disk may be slow.

    Raises:
        FileRefused: see :mod:`escalation.filetypes`.
        FileTooLarge: more than 10 MB.
    """
    _check_length(stream)
    shown, media_type = checked(stream, safe_name(name))
    if media_type in pictures.FORMAT_OF:
        stream = pictures.rewritten(stream, media_type)
    folder.mkdir(parents=True, exist_ok=True)
    path = new_id()
    half = folder / f"{path}.part"
    try:
        size, digest = _write(half, stream)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    half.replace(folder / path)
    _sync(folder)
    return StoredFile(path=path, name=shown, media_type=media_type, size=size, sha256=digest)


def discard(folder: Path, stored: StoredFile) -> None:
    """Take a file back that no row came to speak of."""
    (folder / stored.path).unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """A name to show: no folders, no control or direction characters, at most 200 characters, the extension kept."""
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(letter for letter in unicodedata.normalize("NFC", last) if unicodedata.category(letter)[0] != "C")
    cleaned = PurePosixPath(visible.strip().lstrip(".") or NAMELESS)
    # Room for the extension that a name without one is given.
    return cleaned.stem[: NAME_MAX - 20] + cleaned.suffix[:10]


def _check_length(stream: BinaryIO) -> None:
    # Before anybody decodes it.
    if stream.seek(0, os.SEEK_END) > FILE_MAX:
        raise FileTooLarge("at most 10 MB a file", file="size")
    stream.seek(0)


def _write(file: Path, stream: BinaryIO) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > FILE_MAX:
                raise FileTooLarge("at most 10 MB a file", file="size")
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    return size, digest.hexdigest()


def _sync(folder: Path) -> None:
    # Without it the name of a file that is on the disk may be lost in a power cut.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
