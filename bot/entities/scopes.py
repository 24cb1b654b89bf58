"""How many mailboxes it concerns."""

from __future__ import annotations

from bot.entities.entity import Entity, Kind, Message, apply, rule

ONE = "una sola casilla"
SEVERAL = "varias casillas"
ALL = "todas las casillas del dominio"

_MAILBOXES = r"(?:casillas|cuentas)"
_MAILBOX = r"(?:casilla|cuenta)"
# "Mails" are messages more often than mailboxes: only with an owner are they mailboxes.
_OWNED = (
    r"(?:mails|correos|e-mails|emails|usuarios)\s+(?:del\s+dominio|de\s+la\s+(?:empresa|oficina|institucion|escuela)|corporativos)"
)
_TAIL = r"(?:\s+de\s+(?:correo|mail|e-?mail)s?)?(?:\s+(?:del?\s+(?:mi\s+|la\s+)?(?:dominio|empresa|oficina|hosting)))?"
_MANY = (
    r"(?:varias|algunas|muchas|distintas|diferentes|unas\s+cuantas|un\s+par\s+de|dos|tres|cuatro|cinco|seis|siete|ocho|"
    r"[2-9]|[1-9]\d)"
)
_FAILING = r"\s+(?:que\s+)?(?:no|dej\w+|pid\w+|rebot\w+|tira\w*|dan|andan?|me|se|si|estan|fallan|quedaron|caidas)\b"
# What somebody wants to do with mailboxes, or what a plan holds, is no fault.
# "No puedo abrir varias casillas" is a fault in the words of a wish.
_WISH = (
    r"^(?!.*\b(?:no (?:puedo|podemos|me deja|logro|consigo)|problemas?|errore?s?|inconvenientes?)\b).*"
    r"\b(?:crear|cree|creo|tener|tengo|tenemos|tenia|borrar|eliminar|migrar|pasar|agregar|sumar|contratar|comprar|hacer|incluye\w*|"
    r"trae\w*|permite|administrar|armar|abrir|alta|necesito|quiero|quiere|cuantas|cuantos|plan|pack|hasta|limite|cambiar|cambie|"
    r"configur\w+|viene|puedo|puede|posible|existe|manejo|uso|usar|consultar|aparecen|hay|definir|bloquear|ponerle|firma|"
    r"caer|caiga\w*|"
    r"juntar|unificar|reenvi\w+|todo|solicito|veo|administro)(?:\s+\S+){0,8}"
)

RULES = (
    rule(
        rf"(?:todas|todos)\s+(?:(?:las|los|mis|nuestras|nuestros|sus)\s+)?(?:demas\s+)?(?:\d+\s+)?(?:{_MAILBOXES}{_TAIL}|{_OWNED})",
        ALL,
        not_before=_WISH,
    ),
    rule(
        rf"ningun[ao]?\s+(?:de\s+(?:las|mis|los|nuestras)\s+(?:\d+\s+|[a-z]+\s+)?)?(?:casillas?|cuentas?){_TAIL}",
        ALL,
        not_before=r"\bteng?\w+",
    ),
    rule(rf"(?:una|1)\s+(?:sola|unica)\s+{_MAILBOX}|en\s+un\s+solo\s+(?:mail|correo|usuario)", ONE, not_before=_WISH),
    rule(
        rf"(?:solo|solamente|unicamente)\s+(?:(?:es|en|con|a|pasa|me|nos|le)\s+){{0,3}}(?:la|mi|una|esta|esa|1)\s+{_MAILBOX}",
        ONE,
        not_before=_WISH,
    ),
    rule(
        rf"(?:una|1|la|mi)\s+{_MAILBOX}(?:\s+de\s+\w+)?\s+(?:sola|nada\s+mas|nomas|en\s+particular|solamente|unicamente)",
        ONE,
        not_before=_WISH,
    ),
    rule(
        rf"(?:en|a|con|de)\s+(?:las\s+)?(?P<at>{_MANY}\s+(?:de\s+(?:las|mis|los)\s+)?{_MAILBOXES}{_TAIL})",
        SEVERAL,
        not_before=_WISH,
    ),
    rule(rf"(?P<at>{_MANY}\s+(?:de\s+(?:las|mis|los)\s+)?{_MAILBOXES}{_TAIL}){_FAILING}", SEVERAL),
)


def find_scopes(message: Message) -> list[Entity]:
    """One, several or all mailboxes, where a fault is told and not a wish."""
    return apply(message, Kind.SCOPE, RULES)
