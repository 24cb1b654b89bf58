"""The body of an upload: its one file within the bound, under a name that is fit to be shown."""

from __future__ import annotations

import re
import unicodedata
import uuid
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from bot.channels.escalation import FileRefused
from bot.channels.widget import message_id

FILE_MAX_BYTES = 10 * 2**20
# Boundaries, headers and the id beside the file.
BODY_MAX_BYTES = FILE_MAX_BYTES + 64 * 1024
# Answering without reading the rest resets the connection, and the sender never sees why; past this that is his problem.
READ_ON_BYTES = 32 * 2**20
PIECE_BYTES = 64 * 1024
NAME_MAX, SUFFIX_MAX = 200, 20

_TOO_LARGE = FileRefused(413, f"the file is too large: at most {FILE_MAX_BYTES // 2**20} MB each; send several one by one", "size")


@dataclass(frozen=True)
class Upload:
    """``id`` is the sender's own (new where he gave none), the same on every retry. ``content`` is at its start."""

    id: str
    name: str
    content: BinaryIO


def read(request: Request) -> Upload:
    """The upload of a multipart body: field ``file``, and ``id`` if he wants to retry.

    Larger files than memory likes are spooled to disk on their way in (werkzeug).

    Raises:
        FileRefused: 400 no file or a strange id, 413 over the bound.
        InvalidMessage: the id is not fit to be one.
    """
    request.max_content_length = BODY_MAX_BYTES
    try:
        file = request.files.get("file")
    except RequestEntityTooLarge:
        _read_on(request)
        raise _TOO_LARGE from None
    except BadRequest as wrong:
        raise FileRefused(400, wrong.description or "the body is broken", "empty") from wrong
    if file is None or not file.filename:
        raise FileRefused(400, "send the file as multipart/form-data in the field `file`, with its name", "empty")
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    if size > FILE_MAX_BYTES:
        raise _TOO_LARGE
    if size == 0:
        raise FileRefused(400, "the file is empty", "empty")
    return Upload(message_id(request.form.get("id") or str(uuid.uuid4())), shown_name(file.filename), file.stream)


def shown_name(name: str) -> str:
    """The last part of a path, without signs that break a line or turn its direction; never empty, at most 200 characters."""
    last = unicodedata.normalize("NFC", re.split(r"[\\/]", name)[-1])
    clean = "".join(sign for sign in last if sign.isprintable()).strip() or "archivo"
    if len(clean) <= NAME_MAX:
        return clean
    suffix = PurePosixPath(clean).suffix[:SUFFIX_MAX]
    return clean[: NAME_MAX - len(suffix)] + suffix


def _read_on(request: Request) -> None:
    stream, left = request.environ["wsgi.input"], READ_ON_BYTES
    while left > 0 and (piece := stream.read(PIECE_BYTES)):
        left -= len(piece)
