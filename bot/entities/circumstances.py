"""In which situations it happens: the policy's own examples and those that customers add."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.entities.entity import Entity, Kind, Message, apply, rule

ATTACHMENTS = "con archivos adjuntos"
PROVIDER_SMTP = "por el SMTP del proveedor de Internet"
OFFICE = "desde la oficina"
PHONE = "desde el celular"
ONE_RECIPIENT = "a un solo destinatario"
SOME_RECIPIENTS = "a ciertos destinatarios"
SENDING = "sólo al enviar"
RECEIVING = "sólo al recibir"

_ONLY = r"(?:solo|solamente|unicamente)"
_PASSES = r"(?:\s+(?:me|nos|le|les|se|pasa|ocurre|falla|da|error|tira|no|sale|anda|mal|cuando|mando|escribo|envio|llegan?|es)){0,5}"
_PROVIDER = r"(?:proveedor|isp|fibertel|speedy|arnet|telecentro|movistar|personal|claro|iplan|telecom|telefonica|flow|cablevision)"
_PERSON = r"(?:destinatari[oa]|cliente|contacto|proveedor|persona|direccion|empresa)"
_WEBMAILS = r"(?:gmail|hotmail|yahoo|outlook|icloud|live)"
_WRITING_TO_US = r"\b(?:escrib\w+|llam\w+|habl\w+|contact\w+)(?:\s+\w+){0,2}"
_WISHED = r"(?:hacer|puede|quiero)\s+(?:que|q)(?:\s+\w+)?"
_ASKING_HOW = r"\bcomo(?:\s+\w+){0,3}"
_SEND = r"(?:envi(?:ar|o|amos|a|e|ando)|mand(?:ar|o|amos|a|e|ando)|respond(?:er|o)|contest(?:ar|o))"
_RECEIVE = r"(?:recib(?:ir|o|imos|e)|recepcion\w*)"

RULES = (
    rule(
        r"con\s+(?:(?:un|los|muchos|algun|archivos?|pdf|fotos?|documentos?|excel|word|zip)\s+){0,3}adjunt[oa]s?",
        ATTACHMENTS,
        _ASKING_HOW,
    ),
    rule(
        r"(?:cuando|si|al|no\s+(?:puedo|me\s+deja))\s+(?:\w+\s+){0,4}(?P<at>adjunt(?:o|os|a|as|ar|"
        r"amos)(?:\s+(?:un\s+)?archivos?)?)",
        ATTACHMENTS,
        _ASKING_HOW,
    ),
    rule(
        r"(?:mails?|correos?|mensajes?)\s+(?P<at>con\s+(?:un\s+)?(?:archivos?|fotos?|imagenes|pdf|documentos?))",
        ATTACHMENTS,
        _ASKING_HOW,
    ),
    rule(rf"(?:smtp|servidor\s+(?:saliente|de\s+salida))\s+del?\s+(?:mi\s+|su\s+)?{_PROVIDER}(?:\s+de\s+internet)?", PROVIDER_SMTP),
    rule(r"desde\s+(?:la\s+(?:red\s+de\s+la\s+)?oficina|el\s+trabajo|el\s+laburo)", OFFICE, rf"{_WRITING_TO_US}|{_WISHED}"),
    rule(rf"{_ONLY}{_PASSES}\s+(?P<at>en\s+la\s+oficina)", OFFICE),
    rule(
        rf"{_ONLY}{_PASSES}\s+(?P<at>(?:desde|en)\s+(?:el|mi))\s+(?:celu|celular|cel|telefono|movil|iphone|android)",
        PHONE,
        r"\b(?:o|y)|pone\w*",
    ),
    rule(rf"(?:a|con)\s+un\s+solo\s+{_PERSON}|a\s+una\s+sola\s+{_PERSON}", ONE_RECIPIENT),
    rule(rf"(?:a|con)\s+una?\s+{_PERSON}\s+(?:solo|sola|nada\s+mas|nomas|en\s+particular|puntual|especific[oa])", ONE_RECIPIENT),
    rule(rf"{_ONLY}{_PASSES}\s+(?P<at>(?:a|con)\s+una?\s+{_PERSON})", ONE_RECIPIENT),
    rule(
        rf"{_ONLY}{_PASSES}\s+(?P<at>(?:a|con)\s+(?:los\s+de\s+|las\s+cuentas\s+de\s+|direcciones\s+(?:de\s+)?)?{_WEBMAILS})",
        SOME_RECIPIENTS,
    ),
    rule(rf"a\s+(?:ciert|algun)[oa]s\s+(?:{_PERSON}s|direcciones|proveedores)", SOME_RECIPIENTS),
    rule(
        rf"{_ONLY}{_PASSES}\s+(?P<at>(?:al|cuando)\s+(?:quiero\s+|intento\s+)?{_SEND})",
        SENDING,
        "",
        r"(?:\w+\s+){0,4}(?:adjunt|muchos)",
    ),
    rule(rf"{_ONLY}{_PASSES}\s+(?P<at>(?:al|cuando)\s+(?:quiero\s+|intento\s+)?{_RECEIVE})", RECEIVING),
)

_HELP = r"(?:me|nos|se|les|le|puedo|pude|podemos|puede|pueden|deja|dejan|logro|consigo|quiere|los|lo|es)"
_WAY = re.compile(
    rf"(?<!\w)(?P<denied>(?:no|ni|tampoco)\s+(?:{_HELP}\s+){{0,3}})?"
    r"(?:(?P<send>envi(?:ar\w{0,3}|o|a|an|amos)|mand(?:ar\w{0,3}|o|a|an|amos)|respond(?:er\w{0,3}|o|emos)|"
    r"contest(?:ar\w{0,3}|o|amos)"
    r"|sal(?:e|en|ir)(?!\s+(?:un|una|el|la|ningun|ninguna|error|cartel)\b))"
    r"|(?P<receive>recib(?:ir\w{0,3}|o|e|en|imos)|llega(?:n|r|ron|ban?)?|entra(?:n|r|ron|ban?)?|bajan?|leo|leer|veo))(?!\w)"
)
# Beside a failing way the other must be said to work: "me mandan y no me llega" tells of one way only.
_WORKS = re.compile(
    r"(?<!\w)(?:pero|aunque|si|bien|perfecto|sin\s+problemas?|joya|ok|normal|normalmente|barbaro|en\s+cambio)(?!\w)"
)
# "Cuando respondo me tira error": denied by what follows.
_FAILS = re.compile(r"\s+(?:\w+\s+){0,3}?(?:error|falla|rebotan?|tira|rechaza|rechazan|da error)(?!\w)")
_NEAR = 70


@dataclass(frozen=True)
class _Way:
    sends: bool
    works: bool
    start: int
    end: int


def find_circumstances(message: Message) -> list[Entity]:
    """The situations that are named, and "recibo pero no puedo enviar" or its reverse."""
    return [*apply(message, Kind.CIRCUMSTANCE, RULES), *_one_way(message)]


def _one_way(message: Message) -> Iterator[Entity]:
    ways = [
        _Way(bool(match["send"]), not (match["denied"] or _FAILS.match(message.plain, match.end())), *match.span())
        for match in _WAY.finditer(message.plain)
    ]
    for first, second in pairwise(ways):
        between = message.plain[first.start : second.end + 15]
        if first.sends == second.sends or first.works == second.works or second.start - first.end > _NEAR:
            continue
        if _WORKS.search(between) and not re.search(r"[.;\n]\s", between[: second.start - first.start]):
            broken = second if first.works else first
            yield message.entity(Kind.CIRCUMSTANCE, SENDING if broken.sends else RECEIVING, broken.start, broken.end)
