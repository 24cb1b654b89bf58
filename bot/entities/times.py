"""Since when it happens: the customer's own words, tidied."""

from __future__ import annotations

import re

from bot.entities.calendar_words import AGO, DAY, NAMED_DAY, NEAR_DAY, PART_OF_DAY, YEARS_AGO
from bot.entities.entity import Entity, Kind, Message, apply, rule

_SINCE = r"(?:desde|dsd|dsde|decde|desd|a\s+partir\s+de)"
_QUE = r"(?:que|qe|q|ke|k)"

# Doings of the customer that a time belongs to when nothing says that a fault began then.
_DOING = (
    r"(?:pagu?e+|pagamos|hice|hicimos|compre|compramos|contrate|contratamos|mand(?:e|amos)|abri|abrimos|cambi(?:e|amos)|"
    r"renov(?:e|amos)|transfer\w+|registr(?:e|amos)|envi(?:e|amos)|solicit\w+|pedi|pedimos|reclam\w+|cree|creamos|cargue|subi|"
    r"avise|escribi|llame|puse|pusimos|pase|pasamos|saque|tuve|tuvimos|delegue|use|deje|movi|mudamos|genere|instale|restaure|"
    r"inicie|di|dimos|migre|migramos|elimine|borre|aprete|toque|volvi|aprendi|abone)"
)
_CUSTOMER = r"(?:clientes?|trabaj\w+|soy|somos|estoy con|estamos con|uso\b|tengo (?:el|la|mi|un|una|cuenta|hosting|dominio)\b)"
# Questions for a place: "¿desde qué sección de cPanel …?"
_PLACE = (
    r"(?:direccion|seccion|fecha|lugar|parte|menu|pantalla|programa|compu|computadora|puerto|version|hora|momento|cuenta|opcion|ip|"
    r"boton|navegador|equipo|dispositivo|mail|casilla|lado)\b"
)

# "desde que cambié la clave | no me anda": the clause ends where the complaint begins.
_COMPLAINT = (
    r"(?:no|me|nos|se|y|ya|pero|tira|sale|da|dan|anda|andan|queda|quedo|todo|esta|dejo|aparece|dice|siempre|ni|que|tengo|"
    r"a\s+ve[cs]es|mis?|nadie|recibo|cuando|las|los\s+(?:mails|correos|clientes))\b"
)
_SUBJECT = r"(?:(?:el|la|los|las|mi|mis|un|una)\s+\w+\s+(?:de\s+\w+\s+)?)?"
_EVENT = (
    r"(?:migracion|cambio|actualizacion|mudanza|corte|renovacion|update|upgrade|mantenimiento|vencimiento|pago|transferencia|"
    r"reinstalacion|formateo|caida|apagon|tormenta|temporal|feriado|ultimo\s+\w+|ultima\s+\w+)"
)
_STOPPED = r"(?:dej(?:o|aron)\s+de|empez(?:o|aron)|comenz(?:o|aron)|arranc(?:o|aron)|se\s+(?:cayo|cayeron|rompio|corto))"
_BETWEEN = r"(?:(?:me|nos|se|la|el|mi|todo|web|pagina|pag|mail|correo|sitio|que|justo)\s+){0,4}"

RULES = (
    rule(
        rf"{_SINCE}\s+{_QUE}\s+(?!{_PLACE}){_SUBJECT}(?:(?:me|se|nos|te|le|les|lo|la)\s+){{0,2}}[a-z]+"
        rf"(?:\s+(?!{_COMPLAINT}(?!\s+(?:claves?|plugins?|contrasenas?|dns)\b))[a-z0-9]+){{0,5}}",
        "",
    ),
    rule(
        rf"(?:{_SINCE}\s+(?:mas o menos\s+)?{DAY}|(?:a\s+partir\s+del|desde\s+el)\s+{NAMED_DAY}){PART_OF_DAY}",
        "",
        not_before=_CUSTOMER,
        not_after=rf"(?:{_QUE} )?{_CUSTOMER}",
    ),
    rule(rf"desde\s+(?:la|el|los|las|mi|su|una?)\s+{_EVENT}(?:\s+del?\s+(?:la\s+|los\s+|el\s+)?\w+)?", ""),
    rule(
        rf"{_SINCE}\s+(?:{AGO}|{YEARS_AGO})",
        "",
        not_before=rf"{_CUSTOMER}(?:\s+\S+){{0,3}}",
        not_after=rf"(?:{_QUE} )?{_CUSTOMER}",
    ),
    rule(
        AGO,
        "",
        not_before=rf"\b(?:(?:{_DOING}|{_CUSTOMER})(?:\s+(?!(?:y|pero|no)\b)[^\s,.]+){{0,8}}|de|desde|a partir de)",
        not_after=rf"(?:{_QUE}\s+)?(?:lo\s+|la\s+|les\s+|me\s+|nos\s+)?(?:{_DOING}|{_CUSTOMER})\b",
    ),
    # A day without "desde" is the beginning where something stops or starts.
    rule(rf"(?P<at>{NEAR_DAY}{PART_OF_DAY}),?\s+{_BETWEEN}{_STOPPED}", ""),
    rule(rf"{_STOPPED}\s+(?:(?:a|de)\s+)?(?:(?!{NEAR_DAY})[a-z]+\s+){{0,4}}(?P<at>{NEAR_DAY}{PART_OF_DAY})", ""),
)
_LOOSE_END = re.compile(r"(?:\s+(?:el|la|los|las|de|del|a|al|en|mi|mis|un|una|con|por|para|y|su|sus))+$", re.IGNORECASE)
_ASKED = re.compile(r"\bqué\b", re.IGNORECASE)


def find_since(message: Message) -> list[Entity]:
    """Since when; the value is the phrase with single spaces, not in capitals."""
    found = []
    for entity in apply(message, Kind.SINCE, RULES):
        text = _LOOSE_END.sub("", entity.text)
        if not _ASKED.search(text):
            found.append(Entity(entity.kind, tidy(text), text, entity.start, entity.start + len(text)))
    return found


def tidy(phrase: str) -> str:
    """``phrase`` with single spaces; capitals of a shouted message or of a sentence's beginning are lowered."""
    said = " ".join(phrase.split())
    return said.lower() if said.isupper() else said[:1].lower() + said[1:]
