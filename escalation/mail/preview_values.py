"""Invented values for every template of a mail: what each needs, in one place that a test holds to be complete."""

from __future__ import annotations

from typing import Any

from escalation.settings import Settings

NUMBER = "MDA-7K3Q9T"
NAME, ADDRESS, PROMISED, TOPIC = (
    "Carla Medina",
    "carla@panaderialola.com.ar",
    "mañana martes antes de las 11",
    "No puedo enviar mails",
)


def values(settings: Settings) -> dict[str, dict[str, Any]]:
    """For each template what it needs."""
    return {**_of_tickets(settings), **_of_accounts(settings), **_to_staff(settings)}


def _of_tickets(settings: Settings) -> dict[str, dict[str, Any]]:
    link = f"{settings.area_url}tickets/{NUMBER}"
    ticket = {"number": NUMBER, "name": NAME, "link": link}
    return {
        "ticket_received": {
            **ticket,
            "report": "Problema: No puedo enviar mails con adjuntos desde ayer.\nPrograma de correo: Outlook",
            "promised": PROMISED,
            "answer_title": "Outlook pide la contraseña una y otra vez",
            "answer_url": f"{settings.front_public_url}/ayuda/correo-outlook-pide-clave",
            "missing": ["el mensaje de error, tal como aparece"],
            "refused_files": "programa.exe (tipo de archivo no admitido)",
        },
        "staff_answered": {
            **ticket,
            "status": "En curso",
            "message": "Ya corregimos el servidor de salida. Pruebe de nuevo.",
            "promised": PROMISED,
            "rating_link": "",
        },
        "status_changed": {**ticket, "status": "Resuelto", "solved": True, "rating_link": f"{link}/valorar/ejemplo"},
        "incident": {
            "phase": "started",
            "title": "El correo del servidor sur no se envía",
            "text": "Desde las 9:10 los mensajes quedan en cola; ninguno se pierde. Estamos cambiando el disco que falló.",
            "next_news": "antes de las 12",
            **ticket,
            "unsubscribe": f"{settings.front_public_url}/incidentes/ejemplo/baja",
        },
        "merged": {**ticket, "source": "MDA-2B4C6D"},
        "split_off": {**ticket, "old": "MDA-2B4C6D", "topic": "El sitio abre lento", "promised": PROMISED},
        "promise_renewed": {**ticket, "before": "hoy antes de las 17", "after": PROMISED},
    }


def _of_accounts(settings: Settings) -> dict[str, dict[str, Any]]:
    area, day = settings.area_url, "07/12/2026"
    return {
        "account_linked": {"name": NAME},
        "accounts_merged": {"name": NAME},
        "transcript": {
            "name": NAME,
            "transcript": "30/11/2026\n\n10:02 Usted: No puedo enviar mails.\n\n10:02 Asistente automático: ¿Qué mensaje ve?",
            "link": f"{settings.front_public_url}/#mesa-de-ayuda",
        },
        "code_asked": {"code": "482913", "minutes": 10},
        "recovery_asked": {"link": f"{area}recuperar/ejemplo", "minutes": 60},
        "address_asked": {"customer": NAME, "link": f"{area}cuenta/direcciones/confirmar/ejemplo", "hours": 24},
        "password_changed": {"name": NAME},
        "address_added": {"name": NAME, "address": ADDRESS},
        "address_removed": {"name": NAME, "address": ADDRESS},
        "erasure_asked": {"name": NAME, "day": day},
        "erasure_withdrawn": {"name": NAME},
        "erased": {"day": day, "request": "1c7e0a52-3f6b-4d7e-9a55-0c1f6f3b8f10"},
        "refused": {"area_link": area, "chat_link": settings.front_public_url},
        "sender_check": {
            "link": f"{settings.public_url}/correo/confirmar/…",
            "code": "K7QX3-MPT9A",
            "code_page": f"{settings.public_url}/correo/confirmar",
            "days": 7,
        },
    }


def _to_staff(settings: Settings) -> dict[str, dict[str, Any]]:
    return {
        "incident_suspected": {"where": "Correo, panaderialola.com.ar", "numbers": [NUMBER, "MDA-2B4C6D", "MDA-7K9M3P"]},
        "staff_notice": {"subject": f"Ticket nuevo {NUMBER}: {TOPIC}", "what": TOPIC, "area": "Correo", "customer": NAME},
        "staff_digest": {
            "day": "30/11/2026",
            "lines": [f"30/11 09:12 · Ticket nuevo {NUMBER}: {TOPIC}"],
            "chosen": True,
            "preferences": f"{settings.public_url}/consola/correo/preferencias",
        },
        "assigned": {"number": NUMBER, "topic": TOPIC, "customer": NAME},
        "mailbox_silent": {"mailbox": "soporte@mail/INBOX", "since": "09:12 del 30/11", "error": "ConnectionRefusedError"},
        "reception_silent": {"since": "09:12 del 30/11"},
        "address_dead": {"address": ADDRESS, "reason": "5.1.1 550 user unknown", "until": "29/01/2027", "number": NUMBER},
        "erasure_task": {"day": "07/12/2026"},
        "file_infected": {"finding": "Eicar-Signature", "path": "3f/3f9a…"},
        "webhook_off": {
            "url": "https://crm.sudominio.com.ar/mesa",
            "reason": "nothing arrived since 2026-11-25 13:00 UTC",
            "webhook": "5b1d",
        },
    }
