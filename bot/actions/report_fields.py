"""What a good report holds (the support policy's list), and which of it applies to this one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.entities.words import words

Values = Mapping[str, str]

# In the order a person would ask. ``attachments`` holds no value: its files are counted.
FIELDS = (
    "area",
    "description",
    "error_message",
    "site",
    "scope",
    "mail_program",
    "frequency",
    "circumstances",
    "since",
    "attachments",
)
AREAS = ("mail", "site", "domain", "payment", "account", "other")
# Where a thing breaks now and then; an invoice does not.
_BREAKS = frozenset({"mail", "site", "domain", "account", "other"})
_ONLY_IN = {
    "error_message": _BREAKS,
    "scope": frozenset({"mail"}),
    "mail_program": frozenset({"mail"}),
    "frequency": frozenset({"mail", "site", "account", "other"}),
    "circumstances": _BREAKS,
    "since": _BREAKS,
}
ALWAYS, SOMETIMES, ONCE = "Siempre", "Sólo en ciertos casos", "Pasó una sola vez"
NOT_KNOWN = "No lo sabe"
NO_ERROR_MESSAGE = "No hay mensaje de error"
NO_FILES = "No envía archivos"
# As long as a message may be at the front door; see escalation.tickets.FIELD_MAX.
MAX_FIELD_LENGTH = 8000

# How a customer names a field that he wants to change.
NAMED = {
    "area": ("area", "tema", "servicio"),
    "error_message": ("mensaje", "error", "cartel", "aviso"),
    "site": ("sitio", "cuenta", "dominio", "casilla", "pagina", "direccion"),
    "scope": ("cuantas", "todas", "alcance"),
    "mail_program": ("programa", "outlook", "aplicacion"),
    "frequency": ("cuando", "frecuencia", "veces"),
    "circumstances": ("casos", "circunstancia", "situacion"),
    "since": ("desde", "fecha", "empez", "comenz", "arranc"),
    "attachments": ("archivo", "adjunto", "captura", "foto", "imagen"),
    "description": ("problema", "descripcion", "detalle", "explicacion"),
}
# What he calls the areas when he types instead of pressing a button.
AREA_WORDS = {
    "mail": ("mail", "correo", "email", "casilla", "outlook", "webmail"),
    "site": ("sitio", "web", "pagina", "wordpress", "tienda"),
    "domain": ("dominio", "dns", "nic"),
    "payment": ("pago", "factura", "cobro", "tarjeta", "plata"),
    "account": ("panel", "cuenta", "contrasena", "clave"),
    "other": ("otra", "otro", "ninguna", "no se"),
}
_LITTLE_WORDS = words("el la los las un una mi mis su sus con de del es por en lo al tu electronico internet")
# "El sitio o la cuenta" is as a button says it.
FEW_WORDS = 5


def applies(name: str, values: Values) -> bool:
    """Whether the field says anything about this report; until the area is known all do."""
    area = values.get("area")
    if area and area not in _ONLY_IN.get(name, (area,)):
        return False
    if name == "scope":
        return "@" not in values.get("site", "")
    if name == "circumstances":
        often = values.get("frequency") or NOT_KNOWN
        return often != NOT_KNOWN and not often.startswith(ALWAYS)
    return True


def missing(values: Values) -> str | None:
    """The first field that applies and has no answer; None where the report is whole."""
    return next((name for name in FIELDS if applies(name, values) and not values.get(name)), None)


def kept(values: Values) -> dict[str, str]:
    """The answers that apply, in order."""
    return {name: values[name] for name in FIELDS if values.get(name) and applies(name, values)}


def unanswered(values: Values) -> list[str]:
    """Fields that would speed the answer up: not known, or skipped."""
    return [name for name in FIELDS if applies(name, values) and values.get(name, NOT_KNOWN) == NOT_KNOWN]


def field_named(text: str) -> str | None:
    """The field that a plain text (lower case, no accents) names first, if any."""
    places = [(text.find(word), name) for name, words in NAMED.items() for word in words if word in text]
    return min(places)[1] if places else None


def bare_field(text: str) -> str | None:
    """The field of a plain text that names it and says little else: "el problema", "los archivos"."""
    return field_named(text) if len(text.split()) <= FEW_WORDS else None


def only_area(text: str) -> str | None:
    """The area that a plain text speaks of, where it speaks of one alone; a word may be within another ("hotmail")."""
    found = {area for area, words in AREA_WORDS.items() if area != "other" for word in words if re.search(rf"\b{word}", text)}
    return found.pop() if len(found) == 1 else None


def bare_area(text: str) -> str | None:
    """The area of a plain text that names it and says nothing else: "el mail", "mi página web"."""
    said = [word for word in re.findall(r"\w+", text) if word not in _LITTLE_WORDS]
    known = {word for names in AREA_WORDS.values() for word in names}
    bare = 0 < len(said) <= 2 and all(word in known or word.removesuffix("s") in known for word in said)
    return area_named(text) if bare else None


def area_named(text: str) -> str | None:
    """The area that a plain text names first, if any."""
    places = [(text.find(word), area) for area, words in AREA_WORDS.items() for word in words if word in text]
    return min(places)[1] if places else None
