"""What a .zip may hold: files whose beginning can be seen, not other archives, and no more than a disk can take."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import BinaryIO

from escalation.errors import FileRefused

ENTRIES_MAX = 1_000
# Logs shrink to a twentieth; a bomb to a thousandth.
UNPACKED_MAX = 200 * 2**20
# Documents are archives themselves, and are looked into one by one; a longer one is no document that somebody sends along.
DOCUMENT_MAX = 20 * 2**20
_ENCRYPTED = 0x1
_ZIP = b"PK\x03\x04"
_OTHERS = (
    *(b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"),
    *(b"(\xb5/\xfd", b"MSCF", b"PK\x05\x06", b"\x60\xea"),
)
_TAR = (257, b"ustar")
_HEAD = 512

IsDocument = Callable[[BinaryIO], bool]


def check(archive: zipfile.ZipFile, is_document: IsDocument) -> None:
    """``is_document`` tells a document that is itself a .zip (docx) from an archive.

    Raises:
        FileRefused: too much in it, a password on it, or another archive inside.
        zipfile.BadZipFile: and its kin, where it lies about itself.
    """
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > ENTRIES_MAX or sum(entry.file_size for entry in entries) > UNPACKED_MAX:
        raise FileRefused("there is too much in this archive", file="type")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise FileRefused("an archive with a password cannot be looked into", file="type")
    for entry in entries:
        _check_entry(archive, entry, is_document)


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, is_document: IsDocument) -> None:
    with archive.open(entry) as opened:
        head = opened.read(_HEAD)
        if head.startswith(_ZIP) and entry.file_size <= DOCUMENT_MAX:
            # Read to a limit of ours: the size that the directory tells may be a lie.
            whole = head + opened.read(DOCUMENT_MAX + 1)
            if len(whole) <= DOCUMENT_MAX and is_document(io.BytesIO(whole)):
                return
    offset, magic = _TAR
    if head.startswith((_ZIP, *_OTHERS)) or head[offset:].startswith(magic):
        raise FileRefused("an archive inside an archive is not taken", file="type")
