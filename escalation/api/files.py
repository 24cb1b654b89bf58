"""Files from the chat: stored before they are acknowledged, waiting until the conversation leads to a ticket."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import g
from flask.typing import ResponseReturnValue
from flask_smorest.fields import Upload
from marshmallow import Schema
from werkzeug.datastructures import FileStorage

from escalation import attachments, bonds, file_store
from escalation.api.door import blueprint
from escalation.api.schemas import AttachmentView
from escalation.auth.access import Caller, allow
from escalation.body_limits import ONE_FILE, body_up_to
from escalation.chat_models import Attachment
from wire.problem import problem


class FileBody(Schema):
    """A form with one file (multipart/form-data)."""

    file = Upload(required=True)


@blueprint.route("/conversations/<conversation_id>/attachments", methods=["POST"])
@body_up_to(ONE_FILE)
@allow(Caller.SERVICE, Caller.CONVERSATION)
@blueprint.arguments(FileBody, location="files", error_status_code=400)
@blueprint.response(201, AttachmentView)
@blueprint.alt_response(403, description="The token speaks for another conversation")
@blueprint.alt_response(413, description="More than 10 MB")
@blueprint.alt_response(422, description="fields.file: type, empty, count (ten wait) or together (40 MB wait)")
def upload(files: dict[str, FileStorage], conversation_id: str) -> Attachment | ResponseReturnValue:
    """Keep one file; the conversation's next ticket or message takes it along. The same file again is the same one."""
    if not g.get("is_service") and g.conversation_id != conversation_id:
        return problem(403, "this token speaks for another conversation")
    folder, now = g.settings.files_folder, datetime.now(UTC)
    stored = file_store.store(folder, files["file"].stream, files["file"].filename or "")
    try:
        customer = bonds.customer_of(g.session, conversation_id, now)
        attachment = attachments.add(g.session, stored, conversation_id, customer, now)
        g.session.commit()
    except Exception:
        file_store.discard(folder, stored)
        raise
    if attachment.path != stored.path:
        file_store.discard(folder, stored)
    return attachment
