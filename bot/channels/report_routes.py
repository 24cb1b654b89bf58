"""The plain report form: works without JavaScript, without Rasa and without escalation, and is one ticket in the end.

While escalation is well its own form (log-in, files) takes the reader. A report that was typed here is kept, and goes on there.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask, Response, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Engine

from bot.actions.report_fields import NOT_KNOWN
from bot.channels import rate_limits
from bot.channels.access import public
from bot.channels.escalation import Escalation, EscalationUnavailable
from bot.channels.forwarder import Forwarder
from bot.channels.kept_reports import DELIVERED, SENT, Kept, KeptReports
from bot.channels.report_desk import ReportDesk, ReportRefused
from bot.channels.report_form import AREA_TITLES, FORM, KEY_PREFIX, Typed
from bot.channels.same_origin import own_pages_only
from bot.channels.settings import Settings
from bot.channels.store import Store
from wire import tokens

# Eight fields of eight thousand characters, each up to nine bytes as a form sends it.
BODY_MAX_BYTES = 640 * 1024
ADDRESS_MAX = 254
_PURPOSE = "kept report"
NOT_RIGHT = "Ese código no es correcto o ya venció. Pida otro."
DOWN_AGAIN = "El sistema de tickets volvió a cortarse. Su reporte sigue guardado: pruebe de nuevo en unos minutos."
CODE_SENT = "Si esa dirección está registrada, le enviamos un código de seis números. Vence en diez minutos."


class Reports(NamedTuple):
    """What the routes stand on. ``links`` signs the address of a kept report's page: whoever has it wrote the report."""

    settings: Settings
    desk: ReportDesk
    escalation: Escalation
    kept: KeptReports
    forwarder: Forwarder
    links: URLSafeSerializer


def register(app: Flask, settings: Settings, engine: Engine, escalation: Escalation, limiter: Limiter) -> None:
    """Put them on ``app``, and hand over what waits from before."""
    desk = ReportDesk(settings)
    kept = KeptReports(engine, Store(engine), desk, settings.conversation_secret)
    links = URLSafeSerializer(settings.conversation_secret, salt=_PURPOSE)
    rooms = Reports(settings, desk, escalation, kept, Forwarder(kept.deliver), links)
    _form(app, rooms, limiter)
    _kept_page(app, rooms, limiter)
    rooms.forwarder.wake()


def _form(app: Flask, rooms: Reports, limiter: Limiter) -> None:
    own = own_pages_only(rooms.settings)

    @app.get("/ayuda/reporte")
    @public
    def help_report() -> ResponseReturnValue:
        if rooms.desk.alive():
            return redirect(f"{rooms.settings.area_url}tickets/nuevo")
        shown = request.args.get("respuesta", "")
        return _private(_form_page(Typed.of({"description": request.args.get("texto", "")[:500], "shown": shown})))

    @app.post("/ayuda/reporte")
    @public
    @limiter.limit(rate_limits.REPORTS)
    @own
    def take_report() -> ResponseReturnValue:
        request.max_content_length = BODY_MAX_BYTES
        typed = Typed.of(request.form)
        if errors := typed.errors():
            return _private(_form_page(typed, errors), 422)
        # Also where escalation is back by now: it may go again before he has logged in.
        content = {"area": typed.area, "fields": typed.fields(), "shown_entries": list(typed.shown)}
        kept = rooms.kept.keep(typed.ticket_key, content, _chat(rooms))
        rooms.forwarder.wake()
        return redirect(url_for("kept_report", token=rooms.links.dumps(kept.key)), 303)


def _kept_page(app: Flask, rooms: Reports, limiter: Limiter) -> None:
    own = own_pages_only(rooms.settings)

    @app.get("/ayuda/reporte/<token>")
    @public
    def kept_report(token: str) -> ResponseReturnValue:
        return _show(rooms, token, _current(rooms, _found(rooms, token)))

    @app.post("/ayuda/reporte/<token>/codigo")
    @public
    @limiter.limit(rate_limits.CODES)
    @own
    def ask_for_code(token: str) -> ResponseReturnValue:
        kept, address = _found(rooms, token), request.form.get("email", "").strip()
        if not 0 < len(address) <= ADDRESS_MAX or "\x00" in address:
            return _show(rooms, token, kept, error="Escriba el e-mail que tiene registrado.", status=422)
        try:
            rooms.desk.send_code(kept.conversation_id, address, g.request_id)
        except (EscalationUnavailable, ReportRefused):
            return _show(rooms, token, kept, error=DOWN_AGAIN, status=503)
        return _show(rooms, token, kept, said=CODE_SENT, code_sent=True)

    @app.post("/ayuda/reporte/<token>/confirmar")
    @public
    @limiter.limit(rate_limits.CODES)
    @own
    def confirm_report(token: str) -> ResponseReturnValue:
        kept, digits = _found(rooms, token), "".join(sign for sign in request.form.get("codigo", "") if sign.isdecimal())
        try:
            if len(digits) != 6 or not rooms.escalation.verify_code(kept.conversation_id, digits, g.request_id):
                return _show(rooms, token, kept, error=NOT_RIGHT, status=422, code_sent=True)
            rooms.kept.send(kept, g.request_id)
        except (EscalationUnavailable, ReportRefused):
            return _show(rooms, token, kept, error=DOWN_AGAIN, status=503)
        return redirect(url_for("kept_report", token=token), 303)


def _chat(rooms: Reports) -> str | None:
    """The conversation of the widget in the same browser, which the page's script sends along; nobody's word is taken for it."""
    chat_id = tokens.read(request.form.get("chat", ""), rooms.settings.conversation_secret)
    return chat_id if chat_id and g.store.has_conversation(chat_id) else None


def _found(rooms: Reports, token: str) -> Kept:
    try:
        kept = rooms.kept.find(str(rooms.links.loads(token)))
    except BadSignature:
        kept = None
    return kept or abort(404)


def _current(rooms: Reports, kept: Kept) -> Kept:
    """As it is now: he may have sent it by the Área de Clientes meanwhile."""
    if kept.state != SENT and kept.content is not None and rooms.desk.alive():
        rooms.kept.hand_over(kept)
        return rooms.kept.find(kept.key) or kept
    return kept


def _show(rooms: Reports, token: str, kept: Kept, status: int = 200, **told: object) -> Response:
    typed = None
    if kept.state == DELIVERED and kept.content is not None:
        fields = kept.content["fields"]
        values = {asked.name: fields[asked.name] for asked in FORM if fields.get(asked.name, NOT_KNOWN) != NOT_KNOWN}
        typed = Typed(kept.content["area"], values, kept.key.removeprefix(KEY_PREFIX), tuple(kept.content["shown_entries"]))
    address = f"{rooms.settings.front_public_url}{url_for('kept_report', token=token)}"
    action, area = f"{rooms.settings.area_url}tickets/nuevo", rooms.settings.area_url
    return _private(
        render_template("report_kept.html", kept=kept, token=token, address=address, typed=typed, action=action, area=area, **told),
        status,
    )


def _form_page(typed: Typed, errors: dict[str, str] | None = None) -> str:
    return render_template("report_form.html", typed=typed, errors=errors or {}, form=FORM, areas=AREA_TITLES)


def _private(page: str, status: int = 200) -> Response:
    """Holds what a customer wrote: in no proxy, no search engine, and its address in no other site's log."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
