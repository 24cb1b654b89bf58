"""Reply codes of SMTP, FTP and HTTP among all the other numbers of a message.

Sources: RFC 5321 4.2, RFC 3463 (enhanced codes), RFC 959 4.2, RFC 9110 15, Cloudflare's 52x.
"""

from __future__ import annotations

import re

from bot.entities.entity import WINDOW, Entity, Kind, Message
from bot.entities.words import words

_MAIL_OR_FTP = words("421 425 430 450 452 454 455 530 534 535 538 541 550 551 552 553 554 555 556")
_HTTP = words(
    """
    400 401 402 403 404 405 406 408 409 410 412 413 414 415 418 422 423 424 426 428 429 431 451 500 501 502 503 504 505 507
    508 509 510 511 520 521 522 523 524 525 526 527
    """
)

_NUMBER = re.compile(
    r"(?<![\w.,$€:/@#-])(?P<code>[45]\d\d)(?:[ \t]{0,5}[ \t-][ \t]{0,5}#?(?P<more>[245]\.\d{1,2}\.\d{1,3}))?(?![\w@%$]|[.,:/-]\d)"
)
_ENHANCED_ALONE = re.compile(r"(?<![\w.,$-])#?(?P<more>[245]\.[0-7]\.\d{1,3})(?![\w.-])")
_ANY_NUMBER = re.compile(r"(?<![\w.,$-])\d{3,5}(?![\w%$]|[.,:/-]\d)")

# What may stand between a word that announces an error and its number.
_LINK = (
    r"\W+(?:(?:de|del|el|la|un|una|numero|nro|n|no|es|era|fue|con|que|http|https|smtp|ftp|imap|pop3?|mysql|sql|php|fatal|"
    r"interno|server|servidor|cloudflare|code|codigo|status|error|err|me|nos|da|sale|tira|dice|siempre|todos|todo|todas|los|"
    r"las|mismo|famoso|tipo|of|a)\W+){0,6}$"
)
_ERROR_WORD = r"(?:errore?s?|err|eror|herror|codigos?|cod|code|status|http|smtp|rebotes?|rebota\w*|rebot[eo]|fallo|falla)"
_SAID_ERROR = re.compile(rf"(?<!\w){_ERROR_WORD}{_LINK}")
_SAID_ERROR_ITSELF = re.compile(rf"(?<!\w)(?:error|errores|eror){_LINK}")
_SHOWN = re.compile(
    r"(?<!\w)(?:tira\w*|tire|tiro|da|dan|daba|dio|cae|caen|viene|vuelve\w*|regresa\w*|devuelto|debuelto|returns?|"
    r"mod_security|unavailab\w+|sale|salio|salen|salta\w*|salto|dice|decia|aparece\w*|aparecio|devuelve\w*|devolvio|marca|"
    r"responde|contesta|contesto|figura|arroja|muestra|veo|pone|lanza|larga|filezilla|ftp|cloudflare)" + _LINK
)
_MAIL_OR_FTP_BEFORE = re.compile(rf"(?<!\w)(?:smtp|ftp|filezilla|imap|pop3?){_LINK}")
_MAIL_OR_FTP_AFTER = re.compile(r"\W{1,3}(?:auth|bad sequence|command|syntax|login|valid|temporary|local|requested|smtp|helo|ehlo)")

# Servers explain their codes in English.
_EXPLAINED = re.compile(
    r"\W{1,3}(?:permission|denied|login|user|no such|mailbox|message|relay|smtp|auth|incorrect|invalid|sender|recipient|requested|"
    r"service|too many|connection|not found|internal|bad|gateway|forbidden|unauthori|bandwidth|resource|unknown|rejected|blocked|"
    r"access|sorry|temporar|grey|address|rate|over quota|insufficient|command|syntax|must|transaction|error(?!e?s\b)|could|cannot|"
    r"can't|your|this|the\b|host|domain|delivery|failed|unrouteable|unauthenticated|verification|greeting|timeout|timed|"
    r"policy|servicio no disponible|demasiad|no encontrad|prohibid|error interno|rechazad|acceso deneg)"
)
# A pasted page: its number, then its words.
_QUOTE_FOLLOWS = re.compile(r"\s*[\"“«:(/]")
# A counted thing follows: a unit of measure, or any plural that is not an adverb.
_COUNTED = re.compile(
    r"\s*(?:%|\$|pesos?|ars|usd|u\$s|dolar|lucas|mil\b|mails?\b|correos?\b|e-?mails?|mb\b|gb\b|kb\b|megas?|gigas?|hs\b|px\b|veces|"
    r"por (?:mes|ano|dia|hora)|al (?:mes|ano|dia)|mensual|anual|"
    r"(?!despues|ademas|entonces|todas|todos|muchas|muchos|antes|mientras|algunas|algunos|varias|varios|menos|gracias|"
    r"buenas|buenos)"
    r"[a-z]{3,}(?<!s)s\b)"
)
_PRICE = re.compile(
    r"\b(?:planes|plan|precio|cuesta|cuestan|pagar|pague|pago|abono|abonar|factura|cobr\w+|debo|debia|promo|oferta)\b"
)
# A noun right before the number says what it numbers.
_NUMBERED = re.compile(
    r"\b(?:factura|ticket|puerto|plan|calle|av|avenida|piso|local|lote|pedido|orden|recibo|cliente)\s+(?:n\S*\s+)?$"
)


def find_codes(message: Message) -> list[Entity]:
    """Codes that the words around them show to be errors: "error 500", not "500 mails"."""
    found = []
    for match in _NUMBER.finditer(message.plain):
        known = match["code"] in _MAIL_OR_FTP or match["code"] in _HTTP
        if match["more"] or (known and _is_error(message, match)):
            value = f"{match['code']} {match['more']}" if match["more"] else _named(message, match)
            found.append(message.entity(Kind.ERROR, value, *match.span()))
    announced = (
        message.entity(Kind.ERROR, match["more"], *match.span())
        for match in _ENHANCED_ALONE.finditer(message.plain)
        if _SAID_ERROR.search(_before(message, match)) or _EXPLAINED.match(_after(message, match))
    )
    # After the word "error" any number is one: MySQL, Windows and devices have numberings of their own.
    numbered = (
        message.entity(Kind.ERROR, match[0], *match.span())
        for match in _ANY_NUMBER.finditer(message.plain)
        if _SAID_ERROR_ITSELF.search(_before(message, match)) and not _is_counted(message, match) and not _is_year(match[0])
    )
    return [*found, *announced, *numbered]


def _is_error(message: Message, match: re.Match[str]) -> bool:
    if message.plain.strip(" .,!?¿¡#\n\t") == match["code"]:
        return True
    if _EXPLAINED.match(_after(message, match)) or (not match.start() and _QUOTE_FOLLOWS.match(_after(message, match))):
        return True
    if _is_counted(message, match):
        return False
    before = _before(message, match)
    return bool(_SAID_ERROR.search(before)) or bool(_SHOWN.search(before) and not _PRICE.search(before))


def _is_counted(message: Message, match: re.Match[str]) -> bool:
    return bool(_COUNTED.match(_after(message, match)) or _NUMBERED.search(_before(message, match)))


def _named(message: Message, match: re.Match[str]) -> str:
    code = match["code"]
    of_mail = _MAIL_OR_FTP_BEFORE.search(_before(message, match)) or _MAIL_OR_FTP_AFTER.match(_after(message, match))
    return f"HTTP {code}" if code in _HTTP and not of_mail else code


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")


def _before(message: Message, match: re.Match[str]) -> str:
    return message.plain[max(0, match.start() - WINDOW) : match.start()]


def _after(message: Message, match: re.Match[str]) -> str:
    return message.plain[match.end() : match.end() + WINDOW]
