"""What the bot asks about a conversation: who is it, until when, what did he leave half-written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response, g
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from escalation import bonds, conversation_events, drafts
from escalation.api.chat_schemas import AdoptBody, ConversationView, DraftBody, DraftView, EventBody
from escalation.api.door import blueprint, bound_customer
from escalation.auth.access import Caller, allow
from escalation.chat_models import Draft


@blueprint.route("/conversations/<conversation_id>", methods=["GET"])
@allow(Caller.SERVICE)
@blueprint.response(200, ConversationView)
def conversation(conversation_id: str) -> dict[str, Any]:
    """Who logged in to a conversation, if anybody; its open draft, and the one that he left in another conversation."""
    now = datetime.now(UTC)
    bond = bonds.live(g.session, conversation_id, now)
    customer = bond.customer if bond else None
    return {
        "customer": customer,
        "bound_until": bond.until if bond else None,
        "draft": drafts.current(g.session, conversation_id, customer),
        "other_draft": drafts.other(g.session, conversation_id, customer, now) if customer else None,
    }


@blueprint.route("/conversations/<conversation_id>/events", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.arguments(EventBody, error_status_code=400)
@blueprint.response(204)
@blueprint.alt_response(422, description="A detail of this kind is missing")
def record_event(body: dict[str, Any], conversation_id: str) -> ResponseReturnValue:
    """Note what happened, to be counted later; never what the customer wrote."""
    conversation_events.record(g.session, conversation_id, body["kind"], body["detail"], datetime.now(UTC))
    g.session.commit()
    return Response(status=204)


@blueprint.route("/conversations/<conversation_id>/draft", methods=["PUT"])
@allow(Caller.SERVICE)
@blueprint.arguments(DraftBody, error_status_code=400)
@blueprint.response(200, DraftView)
@blueprint.alt_response(409, description="This key opened a ticket already")
def save_draft(body: dict[str, Any], conversation_id: str) -> Draft:
    """Keep the half-filled report; with a new key it is another report and takes the place of the old one."""
    content = drafts.Content(body["area"], body["key"], body["fields_"], body["shown_entries"])

    def save() -> Draft:
        now = datetime.now(UTC)
        return drafts.save(g.session, conversation_id, bonds.customer_of(g.session, conversation_id, now), content, now)

    return _committed(save)


@blueprint.route("/conversations/<conversation_id>/draft", methods=["DELETE"])
@allow(Caller.SERVICE)
@blueprint.response(204)
def cancel_draft(conversation_id: str) -> ResponseReturnValue:
    """The customer gave the report up; the same where there is none."""
    now = datetime.now(UTC)
    drafts.cancel(g.session, conversation_id, bonds.customer_of(g.session, conversation_id, now), now)
    g.session.commit()
    return Response(status=204)


@blueprint.route("/conversations/<conversation_id>/draft/adopt", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.arguments(AdoptBody, error_status_code=400)
@blueprint.response(200, DraftView)
@blueprint.alt_response(403, description="No customer is bound to the conversation")
@blueprint.alt_response(404, description="No open draft of this customer lies there")
@blueprint.alt_response(409, description="This conversation has an open draft of its own")
def adopt_draft(body: dict[str, str], conversation_id: str) -> Draft:
    """Go on here with the report begun on another device."""
    customer = bound_customer(conversation_id)
    return _committed(lambda: drafts.adopt(g.session, conversation_id, body["source"], customer, datetime.now(UTC)))


def _committed(work: Callable[[], Draft]) -> Draft:
    try:
        draft = work()
        g.session.commit()
    except IntegrityError:
        # Two first writes of one conversation at a time: the primary key decided, now there is a row to change.
        g.session.rollback()
        draft = work()
        g.session.commit()
    return draft
