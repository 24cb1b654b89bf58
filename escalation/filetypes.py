"""Which files a customer may send, decided by what is in them; the name's extension must agree.

Pictures, documents and texts are what the support policy asks for (screenshots, returned mails). Left out on purpose: what
a browser or a system would run (HTML, SVG, scripts, programs, documents with macros).
"""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from escalation import archives
from escalation.errors import FileRefused

OFFICE = "application/vnd.openxmlformats-officedocument"
ODT = "application/vnd.oasis.opendocument.text"


@dataclass(frozen=True)
class Kind:
    """Extensions that fit the content, each with its media type; the first is given to a name that has none."""

    extensions: Mapping[str, str]


PNG = Kind({"png": "image/png"})
JPEG = Kind({"jpg": "image/jpeg", "jpeg": "image/jpeg"})
GIF = Kind({"gif": "image/gif"})
WEBP = Kind({"webp": "image/webp"})
HEIC = Kind({"heic": "image/heic", "heif": "image/heif"})
# Messenger records voices as MP4.
MP4 = Kind({"mp4": "video/mp4", "m4a": "audio/mp4"})
# Voice notes: the bot cannot hear them, staff can.
OGG = Kind({"ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg"})
M4A = Kind({"m4a": "audio/mp4", "mp4": "audio/mp4"})
MP3 = Kind({"mp3": "audio/mpeg"})
WAV = Kind({"wav": "audio/wav"})
AAC = Kind({"aac": "audio/aac"})
AMR = Kind({"amr": "audio/amr"})
PDF = Kind({"pdf": "application/pdf"})
TEXT = Kind({"txt": "text/plain", "log": "text/plain", "csv": "text/csv", "eml": "message/rfc822"})
ZIP = Kind({"zip": "application/zip"})
DOCX = Kind({"docx": f"{OFFICE}.wordprocessingml.document"})
XLSX = Kind({"xlsx": f"{OFFICE}.spreadsheetml.sheet"})
TEXT_DOCUMENT = Kind({"odt": ODT})

MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"GIF87a", GIF),
    (0, b"GIF89a", GIF),
    (8, b"WEBPVP8", WEBP),
    (0, b"%PDF-", PDF),
    # RFC 3533; ID3v2 or an MPEG-1 layer III frame; RIFF; ADTS; RFC 4867.
    (0, b"OggS", OGG),
    (0, b"ID3", MP3),
    *((0, b"\xff" + second, MP3) for second in (b"\xfb", b"\xfa", b"\xf3", b"\xf2")),
    (8, b"WAVEfmt ", WAV),
    *((0, b"\xff" + second, AAC) for second in (b"\xf1", b"\xf9")),
    (0, b"#!AMR", AMR),
    (4, b"ftypM4A ", M4A),
    # ISO base media files: the brand after "ftyp" (ISO/IEC 14496-12, 23008-12).
    *((4, b"ftyp" + brand, HEIC) for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")),
    *(
        (4, b"ftyp" + brand, MP4)
        for brand in (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"M4A ", b"dash")
    ),
)
HEAD = 1024
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ACTIVE = re.compile(rb"<(!doctype\s+html|html|svg|script)\b", re.IGNORECASE)
# What no text in one-byte letters has; tab, line ends, form feed and terminals' escape it may have.
_CONTROLS = re.compile(rb"[\x01-\x07\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def checked(stream: BinaryIO, name: str) -> tuple[str, str]:
    """Name (with an extension) and media type of a file; ``stream`` is left at its beginning.

    Raises:
        FileRefused: empty, not one of the kinds above, or its extension belongs to another kind.
    """
    kind = _kind_of(stream)
    stream.seek(0)
    if kind is None:
        raise FileRefused("this kind of file is not taken", file="type")
    extension = PurePosixPath(name).suffix.removeprefix(".").lower()
    if not extension:
        extension = next(iter(kind.extensions))
        name = f"{name}.{extension}"
    if extension not in kind.extensions:
        raise FileRefused("the name's extension does not fit the content", file="type")
    return name, kind.extensions[extension]


def _kind_of(stream: BinaryIO) -> Kind | None:
    stream.seek(0)
    head = stream.read(HEAD)
    if not head:
        raise FileRefused("the file is empty", file="empty")
    for offset, magic, kind in MAGIC:
        if head.startswith(magic, offset):
            return kind
    if head.startswith(_ZIP):
        return _archive(stream)
    return TEXT if _is_text(head, head + stream.read()) else None


def _archive(stream: BinaryIO) -> Kind | None:
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                # OpenDocument 1.3 part 2: macros lie in folders of their own.
                if any(name.startswith(("Basic/", "Scripts/")) for name in names):
                    return None
                with archive.open("mimetype") as declared:
                    return TEXT_DOCUMENT if declared.read(len(ODT) + 1) == ODT.encode() else None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        return None
    if "[Content_Types].xml" not in names:
        return _plain_archive(stream)
    if any(name.endswith("vbaProject.bin") for name in names):
        return None
    return DOCX if "word/document.xml" in names else XLSX if "xl/workbook.xml" in names else None


def _plain_archive(stream: BinaryIO) -> Kind | None:
    try:
        with zipfile.ZipFile(stream) as archive:
            archives.check(archive, _is_document)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError, zlib.error, lzma.LZMAError):
        return None
    return ZIP


def _is_document(stream: BinaryIO) -> bool:
    try:
        return _archive(stream) in (DOCX, XLSX, TEXT_DOCUMENT)
    except FileRefused:
        return False


def _is_text(head: bytes, content: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\x00" in content or start.startswith(b"#!") or (start.startswith(b"<") and _ACTIVE.search(start)):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _CONTROLS.search(content) is None
    return True
