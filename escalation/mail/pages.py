"""The mail room's pages: what waits, for staff; "did you write this?", for whoever reads the mail of an address."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import structlog
from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from escalation import throttle, tickets
from escalation.auth.access import Caller, allow
from escalation.auth.login import origin
from escalation.customers import customer_of_address, typed_address
from escalation.errors import NotAllowed, NotFound, TooManyAttempts
from escalation.mail import digest, quarantine, raw_store, texts, watch
from escalation.mail.notes import Links
from escalation.mail.watch import Sources
from escalation.mail_models import DeadAddress, InboundMail
from escalation.models import OutboxRow, Role
from escalation.outbox import DEAD, HELD, MAIL, revive
from wire.redaction import redact

log = structlog.get_logger()
blueprint = Blueprint("mail", __name__)

STUCK_LENGTH = 100
BEGINNING_BYTES = 4000
REASONS = {
    "unproven": "no se pudo comprobar el remitente",
    "unknown_address": "dirección no registrada",
    "blocked": "cliente bloqueado",
    "pace": "demasiados correos en poco tiempo",
    "staff": "lo envió alguien de Soporte",
    "error": "falló nuestro programa",
    "killed": "detuvo el proceso varias veces",
    "too_large": "demasiado grande",
    "header_too_large": "encabezados demasiado grandes",
    "too_deep": "partes anidadas sin fin",
    "too_many_lines": "demasiadas líneas",
    "broken": "no se puede leer",
    "no_headers": "sin encabezados",
    "new_ticket": "ticket nuevo",
    "reply": "respuesta",
    "linked": "unido por Soporte",
    "bounce": "aviso de devolución",
    "late": "aviso de demora",
    "auto_reply": "respuesta automática",
    "list": "lista de correo",
    "own": "correo nuestro",
    "dropped": "descartado",
}
STATES = {
    "received": "Recibido",
    "processed": "Tomado",
    "quarantined": "Retenido",
    "refused": "Rechazado",
    "failed": "Con error",
    "ignored": "Sin efecto",
}
TROUBLES = {
    "mailbox": "La casilla {name} no se está leyendo.",
    "reception": "El proceso que recibe los correos no da señales de vida.",
    "backlog": "Hay correos recibidos que nadie procesa.",
}
ACTIONS = ("release", "link", "drop", "retry")


@blueprint.get("/consola/correo/")
@allow(Caller.AGENT)
def waiting() -> ResponseReturnValue:
    """What was held back, refused or failed; our own mails that did not leave; mailboxes and dead addresses."""
    now, sources = datetime.now(UTC), Sources.of(g.settings)
    stuck = (
        select(OutboxRow)
        .where(OutboxRow.channel == MAIL, OutboxRow.state.in_((DEAD, HELD)))
        .order_by(OutboxRow.id.desc())
        .limit(STUCK_LENGTH)
    )
    return render_template(
        "mail_waiting.html",
        mails=quarantine.listed(g.session),
        stuck=g.session.scalars(stuck).all(),
        ages={mailbox: int(age.total_seconds() // 60) for mailbox, age in watch.ages(g.session, sources, now).items()},
        troubles=[TROUBLES[one.kind].format(name=one.name) for one in watch.troubles(g.session, sources, now)],
        dead=g.session.scalars(select(DeadAddress).where(DeadAddress.until > now).order_by(DeadAddress.since.desc())).all(),
        reasons=REASONS,
        states=STATES,
        digest=digest.chosen(g.session, g.staff),
    )


@blueprint.get("/consola/correo/<mail_id>")
@allow(Caller.AGENT)
def mail(mail_id: str) -> ResponseReturnValue:
    """One mail: who, how proven, all of its text."""
    return _page(mail_id)


@blueprint.get("/consola/correo/<mail_id>/original")
@allow(Caller.ADMIN)
def original(mail_id: str) -> ResponseReturnValue:
    """Its bytes as they came, to be saved: with whatever secrets he typed, so for admins alone, and it is on record who looked."""
    found = quarantine.find(g.session, mail_id)
    try:
        content = raw_store.read(g.settings.mail_raw_folder, found.raw_path)
    except FileNotFoundError as gone:
        raise NotFound("the file is gone") from gone
    log.info("original of a mail downloaded", mail=mail_id, staff=g.staff.id)
    response = send_file(BytesIO(content), mimetype="application/octet-stream", as_attachment=True, download_name=f"{mail_id}.eml")
    response.headers["Content-Security-Policy"] = "sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/consola/correo/<mail_id>")
@allow(Caller.AGENT)
def settle(mail_id: str) -> ResponseReturnValue:
    """Let it in, say where it belongs, drop it, or try it again."""
    found, now = quarantine.find(g.session, mail_id), datetime.now(UTC)
    action = request.form.get("action", "")
    try:
        if action == "release":
            given = request.form.get("customer", "").strip()
            owner = customer_of_address(g.session, typed_address(given)) if given else None
            quarantine.release(g.session, found, g.staff, now, owner)
        elif action == "link":
            quarantine.link(g.session, found, g.staff, tickets.find(g.session, request.form.get("number", "")), now)
        elif action == "drop":
            quarantine.drop(g.session, found, now)
        elif action == "retry":
            quarantine.retry(g.session, found, now)
        g.session.commit()
    except (NotAllowed, NotFound):
        g.session.rollback()
        text = "No se pudo: indique de qué cliente es (una dirección registrada) o un número de ticket que exista."
        return _page(mail_id, text), 409
    flash("Hecho.")
    return redirect(url_for("mail.waiting"))


@blueprint.route("/consola/correo/preferencias", methods=["GET", "POST"])
@allow(Caller.AGENT)
def preferences() -> ResponseReturnValue:
    """A mail for each piece of news, or one a day."""
    if request.method == "POST":
        on = request.form.get("digest") == "1"
        digest.choose(g.session, g.staff, on, datetime.now(UTC), g.settings.business_hours)
        g.session.commit()
        flash("Guardado.")
        return redirect(url_for("mail.preferences"))
    return render_template("mail_preferences.html", digest=digest.chosen(g.session, g.staff))


@blueprint.route("/correo/confirmar", methods=["GET", "POST"])
@allow(Caller.PUBLIC)
def confirm_by_code() -> ResponseReturnValue:
    """The code of the mail in place of its link. Whoever guesses is slowed down as at a log-in; no answer says whom we know."""
    if request.method == "GET":
        return render_template("mail_code.html")
    links, now = _links(), datetime.now(UTC)
    address, code = typed_address(request.form.get("email", "")[:254]), request.form.get("code", "")
    account = f"sender code|{address}"
    try:
        throttle.check(g.session, account, origin(), now)
    except TooManyAttempts:
        return render_template("mail_code.html", email=address, error="Demasiados intentos. Espere quince minutos."), 429
    if not links.is_code_of(address, code, now):
        throttle.record_failure(g.session, account, origin(), now)
        g.session.commit()
        error = "El código no es el que enviamos a esa dirección, o venció. Revíselo, o escríbanos de nuevo."
        return render_template("mail_code.html", email=address, error=error), 400
    throttle.forget_failures(g.session, account, origin())
    g.session.commit()
    return redirect(links.check(address).removeprefix(links.public_url), 303)


@blueprint.route("/correo/confirmar/<token>", methods=["GET", "POST"])
@allow(Caller.PUBLIC)
def confirm(token: str) -> ResponseReturnValue:
    """Whoever reads the mail of an address says which of the mails held back he wrote. Opening the page changes nothing.

    Mail servers open the links in a mail to look for viruses: only the form's button counts.
    """
    now = datetime.now(UTC)
    address = _links().address_of(token)
    if address is None:
        return render_template("error.html", text="El enlace venció o no está completo. Escríbanos de nuevo."), 404
    if request.method == "POST":
        done = quarantine.clear_by_sender(g.session, address, request.form.getlist("mail"), now)
        g.session.commit()
        return render_template("mail_confirmed.html", done=done)
    return render_template("mail_confirm.html", mails=quarantine.senders_own(g.session, address, now), address=address)


@blueprint.post("/consola/correo/salidas/<row_id>")
@allow(Caller.AGENT)
def send_again(row_id: str) -> ResponseReturnValue:
    """A mail of ours that was given up or held back leaves after all."""
    row = g.session.get(OutboxRow, int(row_id), with_for_update=True) if row_id.isdecimal() and len(row_id) < 10 else None
    try:
        if row is None or row.channel != MAIL:
            raise NotFound("there is no such mail of ours")
        revive(g.session, row, datetime.now(UTC))
        g.session.commit()
        flash("Se enviará en seguida.")
    except NotAllowed:
        g.session.rollback()
        flash("Ya no se puede enviar: su texto se olvidó, o ya salió.")
    return redirect(url_for("mail.waiting"))


def _links() -> Links:
    return Links(g.settings.session_secret, g.settings.public_url, g.settings.front_public_url)


def _page(mail_id: str, error: str = "") -> str:
    found = quarantine.find(g.session, mail_id)
    return render_template(
        "mail_one.html",
        mail=found,
        beginning=_beginning(found) if found.full_text is None else "",
        reasons=REASONS,
        states=STATES,
        error=error,
        waits=found.state in quarantine.SHOWN,
        may_download=g.staff.role == Role.ADMIN and bool(found.raw_path),
    )


def _beginning(found: InboundMail) -> str:
    """Of a mail that nobody could parse: its headers and first lines, without secrets."""
    try:
        raw = raw_store.beginning(g.settings.mail_raw_folder, found.raw_path, BEGINNING_BYTES)
    except FileNotFoundError:
        return ""
    return redact(texts.clean(raw.decode("utf-8", "replace"))).text
