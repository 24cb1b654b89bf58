"""The files of a mail: those within the limits go into the store, the others are named, none is dropped in silence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from escalation import file_store
from escalation.attachments import TOGETHER_MAX, WAITING_MAX
from escalation.errors import FileRefused
from escalation.file_store import FILE_MAX, MEGABYTE, StoredFile, safe_name
from escalation.mail.bodies import File

ARCHIVES = frozenset({"zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "tar", "cab", "jar", "iso", "ace", "arj"})
# Nobody sends half a gigabyte in ten megabytes but to fill a disk (or the memory of whoever looks into it).
UNPACKED_MAX = 500 * MEGABYTE
MEMBERS_MAX = 5000
NAMED_MAX = 20
WHY = {
    "type": "tipo de archivo no admitido",
    "empty": "vacío",
    "size": f"más de {FILE_MAX // MEGABYTE} MB",
    "count": f"más de {WAITING_MAX} archivos",
    "together": f"más de {TOGETHER_MAX // MEGABYTE} MB en total",
    "archive": "comprimido con otro comprimido adentro, o demasiado grande al abrirlo",
}


@dataclass
class Taken:
    """Files that lie in the store, and a line (es-AR) for each that does not."""

    stored: list[StoredFile] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def refused_text(self) -> str:
        """All that could not be taken, in one line; empty where everything was."""
        more = len(self.refused) - NAMED_MAX
        return ", ".join(self.refused[:NAMED_MAX]) + (f" y {more} más" if more > 0 else "")


def take(folder: Path, files: Sequence[File]) -> Taken:
    """Called with no transaction open; what is not attached in the end must be given to :func:`discard`."""
    taken, together = Taken(), 0
    for file in files:
        try:
            _check(file, len(taken.stored), together)
            stored = file_store.store(folder, io.BytesIO(file.content), file.name)
        except FileRefused as refused:
            taken.refused.append(f"{safe_name(file.name)} ({WHY[refused.fields['file']]})")
            continue
        taken.stored.append(stored)
        together += stored.size
    return taken


def discard(folder: Path, taken: Taken) -> None:
    """Take back the files of a mail that was not taken after all."""
    for stored in taken.stored:
        file_store.discard(folder, stored)


def _check(file: File, count: int, together: int) -> None:
    if count >= WAITING_MAX:
        raise FileRefused("too many", file="count")
    if len(file.content) > FILE_MAX:
        raise FileRefused("too large", file="size")
    if together + len(file.content) > TOGETHER_MAX:
        raise FileRefused("too large together", file="together")
    if file.content.startswith(b"PK") and not _harmless(file.content):
        raise FileRefused("an archive in an archive, or a bomb", file="archive")


def _harmless(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        return True  # no archive; whether it is anything else, the store decides
    nested = any(PurePosixPath(member.filename).suffix.lower().removeprefix(".") in ARCHIVES for member in members)
    return not nested and len(members) <= MEMBERS_MAX and sum(member.file_size for member in members) <= UNPACKED_MAX
