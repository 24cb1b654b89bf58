"""A customer's reply in the Área de Clientes, with files if he likes."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import g
from werkzeug.datastructures import FileStorage

from escalation import attachments, file_store, tickets
from escalation.attachments import TOGETHER_MAX, WAITING_MAX
from escalation.errors import FileRefused
from escalation.file_store import FILE_MAX, MEGABYTE, StoredFile
from escalation.models import Ticket

ONLY_FILES = "Adjunto archivos."
REFUSED = {
    "type": "Ese tipo de archivo no se puede recibir. Envíe imágenes, PDF, documentos, planillas, textos, correos (.eml) "
    "o un .zip, con la extensión que les corresponde.",
    "empty": "El archivo está vacío. Elíjalo de nuevo.",
    "size": f"Cada archivo puede pesar hasta {FILE_MAX // MEGABYTE} MB.",
    "count": f"Puede enviar hasta {WAITING_MAX} archivos por vez.",
    "together": f"Los archivos pueden pesar hasta {TOGETHER_MAX // MEGABYTE} MB en total.",
}


def write(ticket: Ticket, body: str, files: list[FileStorage]) -> str | None:
    """Add message and files to the ticket and commit; or the reason why not (es-AR), and then nothing was kept."""
    if not body.strip() and not files:
        return "Escriba su mensaje antes de enviarlo."
    # Knowing who asks began a transaction: no other writer should wait for this one's disk.
    g.session.commit()
    folder, stored = g.settings.files_folder, list[StoredFile]()
    try:
        for file in files:
            stored.append(file_store.store(folder, file.stream, file.filename or ""))
        said, now = body if body.strip() else ONLY_FILES, datetime.now(UTC)
        message = tickets.reply_as_customer(g.session, ticket, said, now, g.settings.business_hours)
        attachments.add_to_message(g.session, stored, ticket, message)
        g.session.commit()
    except Exception as failed:
        g.session.rollback()
        for one in stored:
            file_store.discard(folder, one)
        if isinstance(failed, FileRefused):
            return REFUSED[failed.fields["file"]]
        raise
    return None
