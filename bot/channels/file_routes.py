"""The widget's route for files."""

from __future__ import annotations

import uuid

from flask import Flask, g, jsonify, request
from flask.typing import ResponseReturnValue

from bot.channels import uploads, words
from bot.channels.access import conversation_only
from bot.channels.conversations import Conversations
from bot.channels.escalation import FileRefused
from bot.channels.files import Files
from bot.channels.store import Store
from bot.channels.widget import IncomingMessage, InvalidMessage, file_line
from wire.problem import problem


def register(app: Flask, store: Store, files: Files, conversations: Conversations) -> None:
    """Put it on ``app``."""

    @app.post("/widget/attachments")
    @conversation_only
    def add_file() -> ResponseReturnValue:
        try:
            upload = uploads.read(request)
            line = _line(store, files, upload)
        except InvalidMessage as wrong:
            return problem(400, str(wrong))
        except FileRefused as why:
            return problem(why.status, why.detail, text=words.file_refused(why.reason), fields={"file": why.reason})
        message, replies = conversations.take(g.conversation_id, line, g.request_id)
        # The file is safe whatever the bot does: no word of trouble belongs here.
        spoken = [reply for reply in replies if not reply.get("degraded")]
        return jsonify(**line.extras["attachment"], message=message, replies=spoken), 201


def _line(store: Store, files: Files, upload: uploads.Upload) -> IncomingMessage:
    """The line of the history that stands for the file, which is safe by then; a repeated id gets that of the first time.

    Raises:
        FileRefused: see :meth:`Files.receive`.
        InvalidMessage: the id is that of another message.
    """
    earlier = store.find(g.conversation_id, upload.id)
    if earlier is None:
        # Random as the conversation's id is, yet the same on every retry: a file must not arrive twice.
        file_id = str(uuid.uuid5(uuid.UUID(g.conversation_id), upload.id))
        row = files.receive(g.conversation_id, file_id, upload.name, upload.content, g.request_id)
        told = {"id": row.id, "name": row.name, "size": row.size}
    elif "attachment" in earlier.extras:
        told = earlier.extras["attachment"]
    else:
        raise InvalidMessage("id: new for each message and each file")
    return file_line(upload.id, told)
