"""Files that come with a form: on the disk before the transaction begins, gone again where it does not end well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g, request
from werkzeug.datastructures import FileStorage

from escalation import file_store
from escalation.attachments import TOGETHER_MAX, WAITING_MAX
from escalation.errors import FileRefused
from escalation.file_store import FILE_MAX, MEGABYTE, StoredFile

REFUSED = {
    "type": "Ese tipo de archivo no se puede recibir. Envíe imágenes, PDF, documentos, planillas, textos, correos (.eml) "
    "o un .zip, con la extensión que les corresponde.",
    "empty": "El archivo está vacío. Elíjalo de nuevo.",
    "size": f"Cada archivo puede pesar hasta {FILE_MAX // MEGABYTE} MB.",
    "count": f"Puede enviar hasta {WAITING_MAX} archivos por vez.",
    "together": f"Los archivos pueden pesar hasta {TOGETHER_MAX // MEGABYTE} MB en total.",
}


def chosen() -> list[FileStorage]:
    """The files of the request."""
    # A browser sends an empty, nameless part where no file was chosen.
    return [file for file in request.files.getlist("file") if file.filename]


@contextmanager
def on_disk(files: list[FileStorage]) -> Iterator[list[StoredFile]]:
    """The files, stored; what is still in the list when the block fails is taken back.

    Raises:
        FileRefused: see :mod:`escalation.file_store`.
    """
    # Knowing who asks began a transaction: no other writer should wait for this one's disk.
    g.session.commit()
    folder, stored = g.settings.files_folder, list[StoredFile]()
    try:
        if len(files) > WAITING_MAX:
            raise FileRefused("too many files", file="count")
        for file in files:
            stored.append(file_store.store(folder, file.stream, file.filename or ""))
        yield stored
    except BaseException:
        g.session.rollback()
        discard(stored)
        raise


def discard(stored: list[StoredFile]) -> None:
    """Take files back that no row came to speak of."""
    for file in stored:
        file_store.discard(g.settings.files_folder, file)


def refusal(refused: FileRefused, files: list[FileStorage]) -> str:
    """Why a file cannot be taken, es-AR; a browser forgets the chosen files, so it says to choose them again."""
    again = " Lo que escribió está a salvo; vuelva a elegir los archivos." if len(files) > 1 else ""
    return REFUSED[refused.fields["file"]] + again
