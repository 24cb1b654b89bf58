"""Files under links of their own: short-lived, signed, and asking for no cookie, so that no file ever meets a session."""

from __future__ import annotations

from flask import Blueprint, g, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from escalation import attachments, virus_scan
from escalation.auth.access import Caller, allow
from escalation.chat_models import Attachment
from escalation.errors import NotFound
from escalation.settings import Settings

blueprint = Blueprint("files", __name__, url_prefix="/archivos")

# Long enough for a slow telephone to begin; the link is of no use to who finds it in a history.
LIFETIME_SECONDS = 5 * 60


def link_to(attachment: Attachment) -> Response:
    """Sends a person who may have the file to its link.

    Raises:
        FileHeld: the virus scanner has not seen it yet.
        FileDiscarded: it did not pass.
    """
    virus_scan.check(g.session, attachment.path, required=bool(g.settings.clamd_url))
    path = url_for("files.file", token=_signer(g.settings).dumps(attachment.id))
    return redirect(f"{g.settings.files_url}{path}")


@blueprint.get("/<token>")
@allow(Caller.PUBLIC)
def file(token: str) -> ResponseReturnValue:
    """The bytes under the shown name, always to be saved, never shown inside a page of ours."""
    try:
        attachment_id = str(_signer(g.settings).loads(token, max_age=LIFETIME_SECONDS))
    except BadSignature as wrong:
        raise NotFound("the link is not valid any more") from wrong
    attachment = attachments.find(g.session, attachment_id)
    virus_scan.check(g.session, attachment.path, required=bool(g.settings.clamd_url))
    return _sent(attachment)


def _sent(attachment: Attachment) -> Response:
    stored = g.settings.files_folder / attachment.path
    if not stored.is_file():
        raise NotFound("there is no such file")
    response = send_file(
        stored, mimetype=attachment.media_type, as_attachment=True, download_name=attachment.name, conditional=False, etag=False
    )
    # Whatever a browser makes of it, it runs nothing and is of no origin.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    # Under a host of their own pictures are of another origin than the page that shows them small; the link itself is the secret.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin" if g.settings.files_url else "same-origin"
    return response


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.session_secret, salt="file link")
