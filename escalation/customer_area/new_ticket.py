"""A new ticket by form: the fields of the chat, the customer's own services offered, once however often it is sent."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage

from escalation import attachments, form_drafts, report_form, tickets
from escalation.auth.access import Caller, allow
from escalation.body_limits import SEVERAL_FILES, body_up_to
from escalation.customer_area import uploads
from escalation.customer_area.door import Errors, blueprint
from escalation.customer_area.kept import PAGE_LAPSED, keeps_text, stale
from escalation.customer_area.uploads import discard, on_disk
from escalation.errors import FileRefused, InvalidReport
from escalation.file_store import StoredFile
from escalation.models import Area, Customer, Ticket
from escalation.tickets import FIELD_MAX
from wire.redaction import redact

# An entry's id, as the help centre's addresses have it.
_ENTRY = re.compile(r"[a-z0-9-]{1,60}")
SHOWN_MAX = 10
_KEY = re.compile(r"[0-9a-f-]{36}")
WRONG = {
    "area": "Elija sobre qué servicio es.",
    "description": "Cuéntenos qué problema tiene.",
    "long": f"Puede tener hasta {FIELD_MAX} caracteres. Envíe lo demás como archivo.",
}


@dataclass(frozen=True)
class Typed:
    """What the form held. ``key`` makes two submits of one form one ticket; ``shown`` are answers that he saw meanwhile."""

    area: str = ""
    values: dict[str, str] = field(default_factory=dict)
    key: str = ""
    shown: tuple[str, ...] = ()

    @classmethod
    def of(cls, form: dict[str, str]) -> Typed:
        """From the form's own fields."""
        # Browsers count a line's end as one character and send two.
        sent = {item.name: form.get(item.name, "").replace("\r\n", "\n").strip() for item in report_form.FIELDS}
        values = {name: value for name, value in sent.items() if value}
        if form.get("no_error_message") and "error_message" not in values:
            values["error_message"] = report_form.NO_ERROR_MESSAGE
        key = form.get("key", "")
        shown = tuple(name for name in form.get("shown", "").split() if _ENTRY.fullmatch(name))[:SHOWN_MAX]
        return cls(form.get("area", ""), values, key if _KEY.fullmatch(key) else str(uuid.uuid4()), shown)

    def errors(self) -> Errors:
        """By the fields' names, es-AR."""
        found = {name: WRONG["long"] for name, value in self.values.items() if len(value) > FIELD_MAX}
        if self.area not in set(Area):
            found["area"] = WRONG["area"]
        if "description" not in self.values:
            found["description"] = WRONG["description"]
        return found


@blueprint.get("/tickets/nuevo")
@allow(Caller.CUSTOMER)
def new_ticket() -> ResponseReturnValue:
    """The form, with what he had typed when his session ended."""
    draft = form_drafts.kept(g.session, g.customer, form_drafts.NEW_TICKET, datetime.now(UTC))
    return _page(Typed.of(draft), recovered=bool(draft))


@blueprint.post("/tickets/nuevo")
@body_up_to(SEVERAL_FILES)
@keeps_text
@allow(Caller.CUSTOMER)
def open_new_ticket() -> ResponseReturnValue:
    """A ticket; or the form again with all that was typed and what is wrong with it."""
    typed = Typed.of(request.form.to_dict())
    if stale():
        return _page(typed, {"": PAGE_LAPSED}), 400
    if errors := typed.errors():
        return _page(typed, errors), 422
    files = uploads.chosen()
    try:
        ticket = _open(typed, files)
    except FileRefused as refused:
        return _page(typed, {"file": uploads.refusal(refused, files)}), 422
    except InvalidReport:
        # Another customer's key: this browser was his. A new one makes it a form of its own.
        return _page(Typed(typed.area, typed.values, str(uuid.uuid4()), typed.shown), {"": PAGE_LAPSED}), 422
    flash(f"Recibimos su ticket {ticket.number} y ya está en manos de Soporte. Le enviamos una confirmación por correo.")
    return redirect(url_for("area.ticket", number=ticket.number))


def _open(typed: Typed, files: list[FileStorage]) -> Ticket:
    customer_id = g.customer.id
    with on_disk(files) as stored:
        try:
            ticket, made = _commit(customer_id, typed, stored)
        except IntegrityError:
            # Its twin was faster by a moment: the unique key decided, and the ticket is there now.
            g.session.rollback()
            ticket, made = _commit(customer_id, typed, stored)
        if not made:
            discard(stored)
    return ticket


def _commit(customer_id: str, typed: Typed, stored: list[StoredFile]) -> tuple[Ticket, bool]:
    customer = g.session.get_one(Customer, customer_id)
    values = {name: redact(value).text for name, value in typed.values.items()}
    fields = report_form.report_fields(typed.area, values, [file.name for file in stored])
    report = tickets.Report(area=typed.area, fields=fields, shown_entries=list(typed.shown))
    settings = g.settings
    ticket, made = tickets.open_ticket(
        g.session, customer, report, f"area-{typed.key}", settings.area_url, datetime.now(UTC), settings.business_hours
    )
    if made:
        attachments.add_to_report(g.session, stored, ticket)
    form_drafts.forget(g.session, customer, form_drafts.NEW_TICKET)
    g.session.commit()
    return ticket, made


def _page(typed: Typed, errors: Errors | None = None, recovered: bool = False) -> str:
    own = [*(item.name for item in g.customer.domains), *(item.name for item in g.customer.mailboxes)]
    return render_template(
        "area_new_ticket.html",
        typed=typed,
        errors=errors or {},
        fields=report_form.FIELDS,
        areas=report_form.AREA_CHOICES,
        own=own,
        field_max=FIELD_MAX,
        recovered=recovered,
        help_url=f"{g.settings.front_public_url}/ayuda/",
        search_url=f"{g.settings.front_public_url}/ayuda/buscar",
    )
