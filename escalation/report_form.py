"""The report as a form: the fields of the support policy, how each is asked, and which applies to which service area.

The chat asks the same (the same names, values and areas): a ticket must not tell where it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from escalation.models import Area
from escalation.tickets import NOT_KNOWN

AREA_CHOICES = {
    Area.MAIL: "Correo",
    Area.SITE: "Sitio web",
    Area.DOMAIN: "Dominio",
    Area.PAYMENT: "Pagos y facturas",
    Area.ACCOUNT: "Panel o cuenta",
    Area.OTHER: "Otra cosa",
}
NO_ERROR_MESSAGE = "No hay mensaje de error"
NO_FILES = "No envía archivos"
ALWAYS, SOMETIMES, ONCE = "Siempre", "Sólo en ciertos casos", "Pasó una sola vez"
EVERYWHERE = frozenset(Area)
# Where a thing breaks now and then; an invoice does not.
BREAKS = frozenset({Area.MAIL, Area.SITE, Area.DOMAIN, Area.ACCOUNT, Area.OTHER})


@dataclass(frozen=True)
class Field:
    """``kind``: long, line or choice; ``choices`` are offered, and for a choice are all there is."""

    name: str
    label: str
    hint: str
    kind: str = "line"
    choices: tuple[str, ...] = ()
    areas: frozenset[Area] = EVERYWHERE


FIELDS = (
    Field(
        "description",
        "¿Qué problema tiene?",
        "Cuéntelo con el mayor detalle posible: qué quería hacer y qué pasó. No escriba contraseñas.",
        "long",
    ),
    Field(
        "error_message",
        "¿Qué mensaje de error aparece?",
        "Cópielo y péguelo tal cual, por ejemplo: 550 5.7.1 Message rejected.",
        "long",
        areas=BREAKS,
    ),
    Field("site", "¿Qué sitio web o qué cuenta tiene el problema?", "Por ejemplo: sudominio.com.ar o ventas@sudominio.com.ar."),
    Field(
        "scope",
        "¿Con qué casillas pasa?",
        "",
        "choice",
        ("Una sola", "Varias", "Todas las del dominio"),
        frozenset({Area.MAIL}),
    ),
    Field(
        "mail_program",
        "¿Desde qué programa de correo?",
        "Por ejemplo: Outlook, Thunderbird, Apple Mail, el celular o el webmail.",
        choices=("Outlook", "Thunderbird", "Apple Mail", "Celular", "Webmail"),
        areas=frozenset({Area.MAIL}),
    ),
    Field(
        "frequency",
        "¿Cuándo pasa?",
        "",
        "choice",
        (ALWAYS, SOMETIMES, ONCE),
        frozenset({Area.MAIL, Area.SITE, Area.ACCOUNT, Area.OTHER}),
    ),
    Field(
        "circumstances",
        "¿En qué situaciones?",
        "Si no pasa siempre. Por ejemplo: sólo al enviar con adjuntos, sólo desde la oficina.",
        areas=BREAKS,
    ),
    Field(
        "since",
        "¿Desde cuándo?",
        "Por ejemplo: desde el martes a la tarde.",
        choices=("Desde hoy", "Desde esta semana", "Desde hace más tiempo"),
        areas=BREAKS,
    ),
)


def applies(name: str, area: str, values: Mapping[str, str]) -> bool:
    """Whether the field says anything about such a report."""
    field = next(field for field in FIELDS if field.name == name)
    if area not in field.areas:
        return False
    if name == "scope":
        return "@" not in values.get("site", "")
    if name == "circumstances":
        return values.get("frequency", "") not in ("", ALWAYS, NOT_KNOWN)
    return True


def report_fields(area: str, values: Mapping[str, str], files: list[str]) -> dict[str, str | None]:
    """The fields of the ticket: all that he wrote, and "not known" for what applies and was left out."""
    given: dict[str, str | None] = {}
    for field in FIELDS:
        value = values.get(field.name, "").strip()
        if value or applies(field.name, area, values):
            given[field.name] = value or NOT_KNOWN
    if not values.get("description", "").strip():
        given["description"] = None
    return {**given, "attachments": ", ".join(files) if files else NO_FILES}
