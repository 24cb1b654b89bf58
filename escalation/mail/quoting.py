"""What the customer wrote, and what his program quoted below or above it. Line by line, in linear time.

mail-parser-reply was measured: 40 kB of "On On On …" take it 110 seconds, so the patterns here are our own, each bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from escalation.mail.message import REPLY_ABOVE

LINES_MAX = 8000
# A header like "El lun, 30 nov 2026 a las 10:00, Soporte (<…>) escribió:" is folded by programs onto so many lines.
HEADER_LINES = 4
LINE_READ = 400
_QUOTE = re.compile(r"\s{0,3}(?:>|\|(?=\s))")
_WROTE = re.compile(
    r"[\s>*_-]{0,10}(?:El|En|On|Am|Le|Il|Em|Op|Den|Desde|Quoting|Citando)\b.{4,300}"
    r"(?:escribi[oó]|wrote|schrieb|a [eé]crit|ha scritto|escreveu)\s*[:.]?[\s*_-]{0,20}$",
    re.IGNORECASE,
)
# Where a program writes the quotation on the same line (Yahoo on Android), the address in front of the colon tells.
_WROTE_TO_THE_END = re.compile(
    r"[\s>*_-]{0,10}(?:El|En|On)\b.{4,200}<[^<>\s]{3,254}>\s{0,3}(?:escribi[oó]|wrote)\s{0,3}:", re.IGNORECASE
)
_WROTE_START = re.compile(r"[\s>*_-]{0,10}(?:El|En|On|Quoting|Citando)\b.{0,200}(?:\d|@|,)", re.IGNORECASE)
# SquirrelMail and webmails of hosting panels: "Soporte <…> escribió:" alone on its line.
_NAME_WROTE = re.compile(
    r".{2,150}[<(\[][^\s<>]{3,100}@[^\s<>]{3,100}[>)\]].{0,40}(?:escribi[oó]|wrote|dijo)\s*:\s*$", re.IGNORECASE
)
_ORIGINAL = re.compile(
    r"[\s>]{0,5}[-_*=]{2,}\s*(?:mensaje original|original message|mensaje anterior|message d'origine|urspr[uü]ngliche nachricht"
    r"|mensaje citado)\s*[-_*=]{2,}",
    re.IGNORECASE,
)
_FROM_LINE = re.compile(r"[\s>*]{0,5}(?:De|From|Von)\s?:\*?\s?\S", re.IGNORECASE)
_MORE_LINES = re.compile(
    r"[\s>*]{0,5}(?:Enviado(?: el)?|Enviada(?: em)?|Fecha|Para|Asunto|Sent|Date|To|Subject|CC|Cc|Responder a|Reply-To)\s?:",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s{0,3}[_-]{20,}\s*$")
_FORWARDED = re.compile(
    r"[\s>*-]{0,20}(?:forwarded message|mensaje reenviado|inicio del mensaje reenviado|begin forwarded message)\b", re.IGNORECASE
)
_FORWARDS = re.compile(r"\s*(?:rv|fw|fwd|reenv\w*|enc|tr)\s*:", re.IGNORECASE)
_SIGNATURE = re.compile(r"--\s?$|__\s?$")
_SENT_FROM = re.compile(
    r"[\s*_]{0,5}(?:Enviado desde|Sent from|Enviado con|Sent with|Obtener Outlook para|Obt[eé]n Outlook para|Get Outlook for"
    r"|Descargar Outlook|Enviado por|Libre de virus|Virus-free)\b.{0,150}$",
    re.IGNORECASE,
)
_MARK = REPLY_ABOVE.strip("— ")


@dataclass(frozen=True)
class Split:
    """``own``: what he wrote; ``quoted``: what came along; together all of the text."""

    own: str
    quoted: str


def split(text: str, subject: str, is_reply: bool) -> Split:
    """Cut where the quotation begins. What was forwarded is no quotation: a returned mail is what Soporte wants to see.

    ``is_reply``: it has In-Reply-To, References or "Re:"; a first mail keeps all but its signature line.
    """
    lines = text.split("\n")[:LINES_MAX]
    if not is_reply or _FORWARDS.match(subject):
        return Split(text.strip(), "")
    cut = next((number for number, _ in enumerate(lines) if _begins_quote(lines, number)), len(lines))
    above, below = lines[:cut], lines[cut:]
    own = _without_signature(_without_quotes(above))
    between = _between(below)
    if between and (not own.strip() or len(between) > 0):
        own = "\n".join(filter(None, (own, between)))
    if not own.strip():
        # Nothing is left where a program quotes in its own way: better all of it than an empty message.
        return Split(text.strip(), "")
    return Split(own.strip(), "\n".join(below).strip() if cut < len(lines) else _rest(text, own))


def _begins_quote(lines: list[str], number: int) -> bool:
    line = lines[number][:LINE_READ]
    if _FORWARDED.match(line):
        return False
    if _MARK in line or any(pattern.match(line) for pattern in (_ORIGINAL, _WROTE, _WROTE_TO_THE_END, _NAME_WROTE)):
        return True
    if _WROTE_START.match(line) and any(_WROTE.match(joined) for joined in _joined(lines, number)):
        return True
    following = [text[:LINE_READ] for text in lines[number + 1 : number + 8] if text.strip()][:4]
    if _FROM_LINE.match(line):
        return sum(bool(_MORE_LINES.match(text)) for text in following[:3]) >= 2
    return bool(_RULE.match(line)) and bool(following) and bool(_FROM_LINE.match(following[0]))


def _joined(lines: list[str], number: int) -> list[str]:
    rest = [line[:LINE_READ].strip(" >") for line in lines[number : number + HEADER_LINES]]
    return [" ".join(rest[:count]) for count in range(2, len(rest) + 1)]


def _without_quotes(lines: list[str]) -> list[str]:
    return [line for line in lines if not _QUOTE.match(line)]


def _without_signature(lines: list[str]) -> str:
    for number, line in enumerate(lines):
        if number and _SIGNATURE.match(line) and len(lines) - number <= 15:
            lines = lines[:number]
            break
    while lines and (not lines[-1].strip() or _SENT_FROM.match(lines[-1][:LINE_READ])):
        lines = lines[:-1]
    return "\n".join(lines)


def _between(below: list[str]) -> str:
    """Answers written under or between quoted lines; nothing where the quotation has no ``>``."""
    quoted = [number for number, line in enumerate(below) if _QUOTE.match(line)]
    if not quoted:
        return ""
    own = [line for line in below[quoted[0] :] if not _QUOTE.match(line)]
    text = _without_signature(own).strip()
    # A line that the program broke off a quoted one is short and alone; an answer is a sentence.
    return text if len(text) >= 3 and any(len(line.split()) > 1 for line in text.split("\n")) else ""


def _rest(text: str, own: str) -> str:
    return "" if len(own) >= len(text.strip()) else text.strip()
