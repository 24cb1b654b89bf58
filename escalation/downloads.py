"""A stored file as an answer to somebody who may have it."""

from __future__ import annotations

from werkzeug.wrappers import Response

from escalation import file_links
from escalation.chat_models import Attachment


def download(attachment: Attachment) -> Response:
    """On to the file's own link, see :mod:`escalation.file_links`; raises like :func:`escalation.file_links.link_to`."""
    return file_links.link_to(attachment)
