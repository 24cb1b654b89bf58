"""The mail program that is meant, however it is spelt."""

from __future__ import annotations

from collections.abc import Iterator

from bot.entities.edits import distance
from bot.entities.entity import Entity, Kind, Message, allowed, apply, rule

_PHONE = r"(?:celu(?:lar(?:es)?|s)?|cel|telefono|tel|movil|iphone|ipad|android|tablet|smartphone)"
_OUTLOOK = r"(?:microsoft |ms )?(?:out|aut|ou|au|ot)[ -]?l[uo]{1,3}c?k"
_NOT_USED = r"\bno (?:lo )?(?:uso|tengo|utilizo|usamos|es|es el|es en|uso el|tengo el)(?: el)?"
_NOT_A_PLACE = r"\b(?:al|a mi|un|comprar|vendo|dos|tres)"
_IS_A_NUMBER = r"(?:es\b|:|n[uº°]|\+?\d|de contacto|viejo|fijo|roto)"
_ACTS = r"(?:sincroniz|vuelv|recib|baja|dice|pide|deja|toma|acepta|actualiza|tira|sigue|muestra|manda|envia|carga|anda)\w*"
# Mail from or to Gmail says nothing of the program.
_OTHERS_MAIL = (
    r"\b(?:escrib\w+|mand\w+ (?:a|de|desde)|envi\w+ (?:a|de|desde)|llega\w*|recib\w+|clientes|pacientes|alumnos|contactos|"
    r"gente|tienen?)(?: \w+)?"
)

RULES = (
    rule(r"(?:microsoft )?(?:out|aut|ou|au)[ -]?l[uo]{1,3}c?k\s+expr?ess?", "Outlook Express", _NOT_USED),
    rule(r"windows\s+(?:live\s+)?mail|live\s+mail", "Windows Mail", _NOT_USED),
    rule(r"(?:correo|mail|app correo) (?:de|del) (?:el )?windows(?: (?:8|10|11))?", "Windows Mail", _NOT_USED),
    rule(rf"(?:app|aplicacion|aplicasion) (?:de |del )?gmail(?: (?:de|del|en el|en mi) {_PHONE})?", "Celular"),
    rule(rf"gmail (?:del|de mi|en el|en mi|de) {_PHONE}", "Celular"),
    rule(rf"(?:mail|correo) (?:del|de mi) {_PHONE}", "Celular"),
    rule(r"apple mail|(?:mail|correo) (?:de|del|en) (?:la |el |mi )?(?:apple|mac(?:book|os)?|imac)", "Apple Mail", _NOT_USED),
    rule(rf"{_OUTLOOK}(?: (?:20(?:07|10|13|16|19|21|24)|365))?", "Outlook", _NOT_USED),
    rule(r"th?[uo]nder[ -]?bird?|thunder|th?[uo]nder[ -]?b[iy]rth?", "Thunderbird", _NOT_USED),
    rule(
        r"web\s?-?mails?|we+b?mail|[wu]ebmeil|(?:correo|mail) web|ro?u?nd\s?cube|raundcube|round\s?cube|horde|squirrel\s?mail",
        "Webmail",
    ),
    rule(r"iphones?|ipads?|androids?|smartphones?|tablets?", "Celular", r"\b(?:comprar|vendo|gan[eo]|sorte\w+|regal\w+)(?: un)?"),
    rule(
        r"(?:desde|en|con|del?)\s+(?:(?:el|mi|otro|los|mis|nuestros|su)\s+)?(?P<at>celu(?:lar(?:es)?|s)?)",
        "Celular",
        r"\b(?:numero|nro|datos|internet)",
        _IS_A_NUMBER,
    ),
    rule(rf"(?:el|mi)\s+(?P<at>cel|celu|celular)(?:\s+de\s+mi\s+\w+)?\s+(?:no\s+)?(?:me\s+)?{_ACTS}", "Celular"),
    # Without an article it is a keyword, not a thing or a number: "error correo celular".
    rule(r"celu(?:lar)?", "Celular", r"\b(?:el|la|mi|un|los|al|a|por|tu|su|numero|nro|tarjeta|de|del|dos|tres|\d+)", _IS_A_NUMBER),
    rule(r"(?:desde|en|con)\s+(?:mi|otro|el)\s+(?P<at>cel|tel|movil|samsung|motorola|xiaomi)", "Celular", "", _IS_A_NUMBER),
    rule(r"(?:(?:desde|en)\s+(?:mi|otro|el|los)|con\s+mi)\s+(?P<at>telefonos?|fono)", "Celular", "", _IS_A_NUMBER),
    rule(rf"(?:el|mi)\s+(?P<at>telefono)\s+(?:no\s+)?(?:me\s+)?{_ACTS}", "Celular"),
    rule(r"(?:el|del|mi)\s+(?P<at>cel|samsung|motorola|xiaomi)", "Celular", rf"{_NOT_A_PLACE}|\bpor", _IS_A_NUMBER),
    rule(
        r"(?:desde|en|con|uso|usamos|usando|abro|entro a|traves de|configur\w+|puse)\s+(?:el |mi )?(?P<at>gmail)",
        "Gmail",
        _OTHERS_MAIL,
        r"(?:caen?|van?)\b",
    ),
    rule(r"gmail(?=\s+(?:no\s+)?(?:me\s+)?(?:muestra|dice|tira|trae|pide|dejo de traer)\b)", "Gmail"),
)

_WORD = rule(r"[a-z]{6,13}", "", _NOT_USED)
# Spellings that no pattern foresees: so many slips of the fingers away.
_SLIPS = (("outlook", "Outlook", 1), ("outluk", "Outlook", 1), ("thunderbird", "Thunderbird", 2))


def find_programs(message: Message) -> list[Entity]:
    """The programs that are used, not those that are denied ("no uso outlook")."""
    return [*apply(message, Kind.PROGRAM, RULES), *_misspelt(message)]


def _misspelt(message: Message) -> Iterator[Entity]:
    for match in _WORD.pattern.finditer(message.plain):
        word = match[0]
        for name, value, slips in _SLIPS:
            near = word[0] in "oatu" and abs(len(word) - len(name)) <= slips and distance(word, name) <= slips
            if near and allowed(message, _WORD, match):
                yield message.entity(Kind.PROGRAM, value, *match.span())
