"""The console's names for what tickets are, in the language of who looks."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _

from escalation.desk.wanted import Queue, Sort
from escalation.models import Area, Priority, Status


def queues() -> dict[Queue, str]:
    """In the order of the bar."""
    return {
        Queue.TO_DO: _("Para atender"),
        Queue.MINE: _("Míos"),
        Queue.UNASSIGNED: _("Sin asignar"),
        Queue.WAITING: _("Esperan al cliente"),
        Queue.CLOSE: _("Por vencer"),
        Queue.ALL: _("Todos"),
    }


def sorts() -> list[tuple[str, str]]:
    """For a choice."""
    return [
        (str(Sort.PROMISE), _("Lo prometido antes")),
        (str(Sort.LONGEST), _("La espera más larga")),
        (str(Sort.LATEST), _("La última novedad")),
        (str(Sort.NEWEST), _("El más nuevo")),
    ]


def statuses() -> list[tuple[str, str]]:
    """As staff see them: who is waited for is not "you"."""
    return [
        (str(Status.NEW), _("Nuevo")),
        (str(Status.OPEN), _("En curso")),
        (str(Status.WAITING), _("Espera al cliente")),
        (str(Status.SOLVED), _("Resuelto")),
        (str(Status.CLOSED), _("Cerrado")),
    ]


def areas() -> list[tuple[str, str]]:
    """Service areas."""
    return [
        (str(Area.MAIL), _("Correo")),
        (str(Area.SITE), _("Sitio web")),
        (str(Area.DOMAIN), _("Dominio")),
        (str(Area.PAYMENT), _("Pagos")),
        (str(Area.ACCOUNT), _("Cuenta")),
        (str(Area.OTHER), _("Otros")),
    ]


def priorities() -> list[tuple[str, str]]:
    """From the least to the most urgent."""
    return [
        (str(Priority.LOW), _("Baja")),
        (str(Priority.NORMAL), _("Normal")),
        (str(Priority.HIGH), _("Alta")),
        (str(Priority.URGENT), _("Urgente")),
    ]


def fields() -> dict[str, str]:
    """Of a report."""
    return {
        "description": _("Problema"),
        "error_message": _("Mensaje de error"),
        "site": _("Sitio o cuenta"),
        "scope": _("Qué casillas"),
        "mail_program": _("Programa de correo"),
        "frequency": _("Cuándo pasa"),
        "circumstances": _("En qué casos"),
        "since": _("Desde cuándo"),
        "attachments": _("Archivos"),
        "remark": _("Observación"),
    }


def events() -> dict[str, str]:
    """What happened, by the kinds of desk.history."""
    return {
        "opened": _("Abierto"),
        "status": _("Estado"),
        "message": _("Mensaje"),
        "note": _("Nota interna"),
        "priority": _("Prioridad"),
        "area": _("Área"),
        "subject": _("Asunto"),
        "assignee": _("Responsable"),
        "watcher": _("Seguidor"),
        "tag": _("Etiqueta"),
        "link": _("Relacionado"),
        "merged_into": _("Unido a otro"),
        "merged_from": _("Se le unió"),
        "split_to": _("Se separó"),
        "split_from": _("Separado de"),
        "asked": _("Se pidió al cliente"),
        "rated": _("Valoración"),
        "mail": _("Por correo"),
        "taken_back": _("Respuesta deshecha"),
        "promise_made": _("Hora prometida"),
        "promise_kept": _("Promesa cumplida"),
        "promise_paused": _("Promesa en pausa"),
        "promise_resumed": _("Promesa reanudada"),
        "promise_earlier": _("Promesa adelantada"),
        "promise_renewed": _("Promesa postergada"),
        "promise_warned": _("Aviso de vencimiento"),
        "promise_dropped": _("Promesa terminada"),
        "promise_restored": _("Promesa restablecida"),
    }


def duration(time: timedelta) -> str:
    """As precise as it matters: minutes, hours with minutes, days."""
    minutes = max(0, int(time.total_seconds() // 60))
    hours, days = minutes // 60, minutes // (24 * 60)
    if hours < 1:
        return _("%(minutes)s min", minutes=minutes)
    if days < 1:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes % 60)
    return _("%(days)s d %(hours)s h", days=days, hours=hours % 24)
