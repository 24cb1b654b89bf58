"""Customers' files for programs with a token."""

from __future__ import annotations

from flask import g
from flask.typing import ResponseReturnValue

from escalation import attachments
from escalation.api.door import blueprint
from escalation.api_tokens import Scope
from escalation.auth.access import needs
from escalation.downloads import download


@blueprint.route("/attachments/<attachment_id>", methods=["GET"])
@needs(Scope.TICKETS_READ)
@blueprint.response(302, description="On to a link that is good for five minutes and asks for no credential: the file's bytes")
@blueprint.alt_response(404, description="There is no such file")
@blueprint.alt_response(410, description="It did not pass the virus scanner")
@blueprint.alt_response(423, description="The virus scanner has not seen it yet")
def read_attachment(attachment_id: str) -> ResponseReturnValue:
    """A file of a ticket, by the id that the ticket names."""
    return download(attachments.find(g.session, attachment_id))
