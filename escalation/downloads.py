"""A stored file as an answer: always to be saved, never shown inside a page of ours."""

from __future__ import annotations

from flask import g, send_file
from werkzeug.wrappers import Response

from escalation.chat_models import Attachment
from escalation.errors import NotFound


def download(attachment: Attachment) -> Response:
    """The file's bytes under its shown name.

    Raises:
        NotFound: the row is there, the file is not.
    """
    file = g.settings.files_folder / attachment.path
    if not file.is_file():
        raise NotFound("there is no such file")
    response = send_file(
        file, mimetype=attachment.media_type, as_attachment=True, download_name=attachment.name, conditional=False, etag=False
    )
    # Whatever a browser makes of it, it must not run with our cookies at hand.
    response.headers["Content-Security-Policy"] = "sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
