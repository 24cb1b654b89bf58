"""A desk with tickets of all kinds, two agents and an administrator, for walks through the console and for its pictures."""

from __future__ import annotations

import base64
import io
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from escalation import attachments, create_app, file_store, tickets
from escalation.cli import SCRIPTS
from escalation.customers import register_customer, register_staff
from escalation.desk import properties, saved_replies, views
from escalation.desk.life import Act
from escalation.desk.wanted import Queue, Wanted
from escalation.models import Customer, Role, Staff, Status, Ticket
from escalation.services import add_services
from escalation.settings import Settings
from escalation.tickets import Report, StaffUpdate
from tests.escalation.conftest import PASSWORD
from tests.pictures import picture
from tests.ports import free_port
from wire.database import new_engine
from wire.migrations import upgrade

AGENT, OTHER, ADMIN = "agustin@csiserver.com", "beatriz@csiserver.com", "marta@csiserver.com"
HOUR = timedelta(hours=1)
SUBJECTS = (
    ("mail", "No me llegan los correos de un proveedor"),
    ("site", "El sitio muestra una página en blanco"),
    ("domain", "El dominio figura como vencido"),
    ("payment", "Pagué y la factura sigue pendiente"),
    ("account", "No puedo entrar al panel"),
    ("mail", "Rebotan los adjuntos grandes"),
    ("other", "Quiero cambiar de plan"),
)


@dataclass(frozen=True)
class Desk:
    """Where it is, and numbers of its tickets: ``rich`` has a transcript, files and messages."""

    url: str
    database_url: str
    rich: str
    numbers: tuple[str, ...]

    def pages(self) -> dict[str, str]:
        """Pages worth a picture, by name."""
        return {
            "cola": "/consola/",
            "todas": "/consola/?cola=todas&orden=apertura",
            "vacia": "/consola/?cola=todas&etiqueta=nada",
            "busqueda": "/consola/?q=adjuntos",
            "ticket": f"/consola/tickets/{self.rich}?cola=para-atender",
            "respuestas": "/consola/respuestas/",
        }


class Walker:
    """Somebody of staff in a browser."""

    def __init__(self, page: Page, desk: Desk, email: str = ADMIN) -> None:
        self.page, self.desk, self._email, self._is_in = page, desk, email, False

    def open(self, path: str) -> Page:
        """Logs in where he has not yet."""
        if not self._is_in:
            self.log_in()
        self.page.goto(self.desk.url + path)
        return self.page

    def log_in(self) -> None:
        self.page.goto(f"{self.desk.url}/consola/ingresar")
        self.page.get_by_label("E-mail").fill(self._email)
        self.page.get_by_label("Contraseña").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("navigation", name="Colas")).to_be_visible()
        self._is_in = True


def made(folder: Path, count: int = 20) -> tuple[Desk, Flask]:
    """The desk, and the service that is to listen at its address."""
    front = _front()
    url = f"http://127.0.0.1:{free_port()}"
    settings = Settings(
        database_url=f"sqlite:///{folder / 'desk.db'}",
        session_secret="session",
        service_token="service",
        conversation_secret="conversation",
        public_url=url,
        widget_origins=(),
        mail_from="CSIserver Soporte <soporte@csiserver.com>",
        smtp_url="",
        mail_folder=folder / "mail",
        files_folder=folder / "files",
        front_url=front,
        front_public_url=front,
    )
    upgrade(settings.database_url, SCRIPTS)
    engine = new_engine(settings.database_url)
    with Session(engine, expire_on_commit=False) as session:
        filled = _fill(session, settings, count)
        session.commit()
    engine.dispose()
    return Desk(url, settings.database_url, filled[0], tuple(filled)), create_app(settings)


def vector(seed: int) -> bytes:
    """Descriptions of one seed are alike, those of two are not."""
    return np.random.default_rng(seed).normal(size=64).astype("<f2").tobytes()


def _front() -> str:
    app, port = Flask("front"), free_port()

    @app.post("/internal/understanding")
    def understanding() -> Any:
        titles = ("No se puede enviar un adjunto muy pesado", "No llegan los correos de una dirección")
        names = ("correo-adjuntos", "correo-no-llega")
        told = [
            {"id": name, "title": title, "url": f"https://ayuda.csiserver.com/{name}", "probability": 0.8 - 0.3 * n}
            for n, (name, title) in enumerate(zip(names, titles, strict=True))
        ]
        return {"verdict": "ask_back", "vector": base64.b64encode(vector(1)).decode(), "candidates": told}

    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{port}"


def _fill(session: Session, settings: Settings, count: int) -> list[str]:
    now = datetime.now(UTC)
    agustin, _beatriz, marta = (
        register_staff(session, email, name, role, PASSWORD)
        for email, name, role in (
            (AGENT, "Agustín Pereyra", Role.AGENT),
            (OTHER, "Beatriz Luna", Role.AGENT),
            (ADMIN, "Marta Quiroga", Role.ADMIN),
        )
    )
    carla = register_customer(session, "carla@panaderialola.com.ar", "Carla Medina", PASSWORD, now)
    bruno = register_customer(session, "bruno@estudioruiz.com", "Bruno Ruiz", PASSWORD, now)
    add_services(session, carla, ["panaderialola.com.ar"], ["ventas@panaderialola.com.ar"])
    session.flush()
    _replies(session, marta, now)
    views.save(session, marta, "Correo urgente", Wanted(Queue.ALL, area="mail", priority="urgent"), True, now)
    numbers = [_rich(session, settings, carla, agustin, now).number]
    for n in range(count - 1):
        area, subject = SUBJECTS[n % len(SUBJECTS)]
        owner = carla if n % 3 else bruno
        numbers.append(_plain(session, settings, owner, (area, f"{subject} ({n + 1})"), agustin, now - n * HOUR / 2, n))
    _solved(session, settings, bruno, agustin, now)
    return numbers


def _replies(session: Session, marta: Staff, now: datetime) -> None:
    for title, body, area in (
        ("Saludo y aviso", "Estimado/a {nombre}:\n\nEstamos viendo su ticket {numero}. Le respondemos {promesa}.\n\n{agente}", ""),
        ("Pedir el mensaje de error", "Hola, {nombre}:\n\n¿Puede copiarnos el mensaje de error tal como aparece?", "mail"),
    ):
        saved_replies.save(session, marta, "", title, body, area, now)


def _rich(session: Session, settings: Settings, carla: Customer, agent: Staff, now: datetime) -> Ticket:
    fields = {
        "description": "Quiero enviar un presupuesto de 30 MB y vuelve.",
        "error_message": "552 5.3.4 Message size exceeds limit",
    }
    said = (
        ("customer", "no me salen los mails con adjuntos"),
        ("bot", "Un correo admite hasta 25 MB. ¿Con esto se resolvió su problema?"),
        ("customer", "no, necesito que los vean"),
    )
    transcript = [{"who": who, "text": text} for who, text in said]
    report = Report("mail", fields, transcript, ["correo-adjuntos"], vector=vector(1))
    ticket, _ = tickets.open_ticket(session, carla, report, "rich", settings.area_url, now - 3 * HOUR, settings.business_hours)
    stored = file_store.store(settings.files_folder, io.BytesIO(picture(size=(320, 200))), "captura.png")
    attachments.add_to_report(session, [stored], ticket)
    tickets.reply_as_customer(session, ticket, "¿Hay novedades? Es para hoy.", now - HOUR, settings.business_hours)
    wanted = {"assignee": agent.id, "priority": "urgent", "tags": ["adjuntos", "smtp"]}
    properties.change(session, ticket, wanted, Act(agent, ticket.version, now), settings.business_hours)
    note = StaffUpdate("El límite del servidor es de 25 MB; ofrecer el enlace.", Status.OPEN, ticket.version, internal=True)
    tickets.update_as_staff(session, ticket, agent, note, settings.area_url, now, settings.business_hours)
    ticket.promised_at = now + HOUR / 2
    return ticket


def _plain(session: Session, settings: Settings, owner: Customer, told: tuple[str, str], agent: Staff, at: datetime, n: int) -> str:
    area, text = told
    ticket, _ = tickets.open_ticket(session, owner, Report(area, {"description": text}), None, settings.area_url, at)
    act = Act(agent, ticket.version, at)
    if n % 4 == 1:
        properties.change(session, ticket, {"assignee": agent.id}, act, settings.business_hours)
    if n % 7 == 3:
        properties.change(
            session, ticket, {"priority": "high", "tags": ["vence"]}, Act(agent, ticket.version, at), settings.business_hours
        )
        ticket.promised_at = at - HOUR
    return ticket.number


def _solved(session: Session, settings: Settings, bruno: Customer, agent: Staff, now: datetime) -> None:
    report = Report("mail", {"description": "No salen adjuntos de más de 25 MB"}, vector=vector(1))
    ticket, _ = tickets.open_ticket(session, bruno, report, None, settings.area_url, now - 48 * HOUR)
    body = "Hola, Bruno:\n\nSuba el archivo a su espacio y envíe el enlace; así no hay límite de tamaño."
    update = StaffUpdate(body, Status.SOLVED, ticket.version)
    tickets.update_as_staff(session, ticket, agent, update, settings.area_url, now - 47 * HOUR, settings.business_hours)
