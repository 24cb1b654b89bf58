"""The report as a plain form of the front door: what the chat and the Área de Clientes ask, under the same names and values."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.actions.report_fields import (
    ALWAYS,
    AREAS,
    MAX_FIELD_LENGTH,
    NO_ERROR_MESSAGE,
    NO_FILES,
    NOT_KNOWN,
    ONCE,
    SOMETIMES,
    applies,
)
from wire.redaction import redact

AREA_TITLES = dict(zip(AREAS, ("Correo", "Sitio web", "Dominio", "Pagos y facturas", "Panel o cuenta", "Otra cosa"), strict=True))
KEY_PREFIX = "area-"
_KEY = re.compile(r"[0-9a-f-]{36}")
_ENTRY = re.compile(r"[a-z0-9-]{1,60}")
WRONG = {
    "area": "Elija sobre qué servicio es.",
    "description": "Cuéntenos qué problema tiene.",
    "long": f"Puede tener hasta {MAX_FIELD_LENGTH} caracteres.",
}


@dataclass(frozen=True)
class Asked:
    """How a field is asked. ``kind``: long, line or choice; ``about``: said before it where it does not concern every report."""

    name: str
    label: str
    hint: str = ""
    kind: str = "line"
    choices: tuple[str, ...] = ()
    about: str = ""


FORM = (
    Asked("description", "¿Qué problema tiene?", "Con el mayor detalle posible. No escriba contraseñas.", "long"),
    Asked("error_message", "¿Qué mensaje de error aparece?", "Cópielo tal cual, por ejemplo: 550 5.7.1 Message rejected.", "long"),
    Asked("site", "¿Qué sitio web o qué cuenta tiene el problema?", "Por ejemplo: sudominio.com.ar o ventas@sudominio.com.ar."),
    Asked("scope", "¿Con qué casillas pasa?", "", "choice", ("Una sola", "Varias", "Todas las del dominio"), "Si es de correo"),
    Asked("mail_program", "¿Desde qué programa?", "Outlook, Thunderbird, el celular, el webmail…", about="Si es de correo"),
    Asked("frequency", "¿Cuándo pasa?", "", "choice", (ALWAYS, SOMETIMES, ONCE)),
    Asked("circumstances", "¿En qué situaciones?", "Si no pasa siempre: sólo al enviar adjuntos, sólo desde la oficina…"),
    Asked("since", "¿Desde cuándo?", "Por ejemplo: desde el martes a la tarde."),
)


@dataclass(frozen=True)
class Typed:
    """What the form held; nothing secret is in it any more. ``key`` makes one report of a form that is sent twice."""

    area: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    shown: tuple[str, ...] = ()

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Typed:
        """From the form's own fields."""
        sent = {asked.name: clean(form.get(asked.name, "")) for asked in FORM}
        values = {name: value for name, value in sent.items() if value}
        if form.get("no_error_message"):
            values.setdefault("error_message", NO_ERROR_MESSAGE)
        key = form.get("key", "")
        shown = tuple(name for name in form.get("shown", "").split()[:10] if _ENTRY.fullmatch(name))
        return cls(form.get("area", ""), values, key if _KEY.fullmatch(key) else str(uuid.uuid4()), shown)

    def errors(self) -> dict[str, str]:
        """By the fields' names, es-AR."""
        found = {name: WRONG["long"] for name, value in self.values.items() if len(value) > MAX_FIELD_LENGTH}
        if self.area not in AREAS:
            found["area"] = WRONG["area"]
        if "description" not in self.values:
            found["description"] = WRONG["description"]
        return found

    @property
    def ticket_key(self) -> str:
        """Its Idempotency-Key: that of the Área de Clientes' form with the same ``key``, so that both roads end at one ticket."""
        return KEY_PREFIX + self.key

    def fields(self) -> dict[str, str]:
        """The fields of the ticket: all that he wrote, and "not known" for what applies and was left out."""
        known = {**self.values, "area": self.area}
        given = {
            asked.name: known.get(asked.name, NOT_KNOWN) for asked in FORM if asked.name in known or applies(asked.name, known)
        }
        return {**given, "attachments": NO_FILES}


def clean(text: str) -> str:
    """As typed, without what a database cannot hold and without secrets. Browsers send two characters for a line's end."""
    # NUL breaks PostgreSQL, half a surrogate pair breaks UTF-8.
    sound = text.replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "ignore").decode("utf-8").strip()
    return redact(sound).text
