"""Every mail that leaves the house, with invented values: to read, and to open in a mail program."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from escalation.mail import rendering
from escalation.mail.marks import Marks
from escalation.mail.message import Letterhead, build
from escalation.models import OutboxRow
from escalation.settings import Settings

NUMBER = "MDA-7K3Q9T"
WRITTEN = datetime(2026, 11, 30, 13, 0, tzinfo=UTC)


def values(settings: Settings) -> dict[str, dict[str, Any]]:
    """For each template what it needs."""
    link, consola = f"{settings.area_url}tickets/{NUMBER}", f"{settings.public_url}/consola"
    ticket = {"number": NUMBER, "name": "Carla Medina", "link": link}
    return {
        "ticket_received": {
            **ticket,
            "report": "Problema: No puedo enviar mails con adjuntos desde ayer.\nPrograma de correo: Outlook",
            "promised": "mañana martes antes de las 11",
            "answer_title": "Outlook pide la contraseña una y otra vez",
            "answer_url": f"{settings.front_public_url}/ayuda/correo-outlook-pide-clave",
            "missing": ["el mensaje de error, tal como aparece"],
            "refused_files": "programa.exe (tipo de archivo no admitido)",
        },
        "staff_answered": {
            **ticket,
            "status": "En curso",
            "message": "Ya corregimos el servidor de salida. Pruebe de nuevo.",
            "promised": "mañana martes antes de las 11",
            "invitation": "",
        },
        "status_changed": {
            **ticket,
            "status": "Resuelto",
            "solved": True,
            "invitation": f"\n\n¿Le sirvió nuestra ayuda? Díganoslo con un clic: {link}/valorar/ejemplo",
        },
        "account_linked": {"name": "Carla Medina"},
        "transcript": {
            "name": "Carla Medina",
            "transcript": "30/11/2026\n\n10:02 Usted: No puedo enviar mails.\n\n10:02 Asistente automático: ¿Qué mensaje ve?",
            "link": f"{settings.front_public_url}/#mesa-de-ayuda",
        },
        "code_asked": {"code": "482913", "minutes": 10},
        "staff_notice": {
            "subject": f"Ticket nuevo {NUMBER}: No puedo enviar mails",
            "what": "No puedo enviar mails con adjuntos desde ayer.",
            "area": "Correo",
            "customer": "Carla Medina",
        },
        "staff_digest": {
            "day": "30/11/2026",
            "lines": [f"30/11 09:12 · Ticket nuevo {NUMBER}: No puedo enviar mails"],
            "preferences": f"{consola}/correo/preferencias",
        },
        "mailbox_silent": {"mailbox": "soporte@mail/INBOX", "since": "09:12 del 30/11", "error": "ConnectionRefusedError"},
        "address_dead": {
            "address": "carla@panaderialola.com.ar",
            "reason": "5.1.1 550 user unknown",
            "until": "29/01/2027",
            "number": NUMBER,
        },
        "refused": {"area_link": settings.area_url, "chat_link": settings.front_public_url},
        "sender_check": {"link": f"{settings.public_url}/correo/confirmar/…", "days": 7},
    }


def write_all(folder: Path, settings: Settings) -> int:
    """Three files for each mail; returns how many mails."""
    folder.mkdir(parents=True, exist_ok=True)
    letterhead = Letterhead(settings.mail_from, Marks("preview"))
    every = values(settings)
    for name in rendering.names():
        letter = rendering.write(name, **every[name])
        headers = {"ticket": NUMBER, "reply": "1"} if "name" in every[name] else {}
        content = {"subject": letter.subject, "body": letter.body, "headers": headers}
        row = OutboxRow(
            key=f"preview-{name}", channel="mail", recipient="cliente@sudominio.com.ar", content=content, created_at=WRITTEN
        )
        (folder / f"{name}.txt").write_text(f"{letter.subject}\n\n{letter.body}\n", encoding="utf-8")
        (folder / f"{name}.html").write_text(rendering.html_of(letter.body), encoding="utf-8")
        (folder / f"{name}.eml").write_bytes(build(row, letterhead).as_bytes())
    return len(rendering.names())
