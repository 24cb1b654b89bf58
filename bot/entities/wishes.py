"""What a customer asks for outright, whatever else he tells: a ticket, news of one, a person, a telephone, to be heard by voice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.entities.entity import fold

# A longer message tells a story, in which a ticket may be of last year.
MAX_LENGTH = 600
# Fewer words beside the wish ("por favor, ya") are no reason.
REASON_WORDS = 3
# Who asks how his ticket is says "ticket" too; and a claim against the electricity company is none of ours.
STRONGER = frozenset({"ticket_status", "cancel", "deny", "fuera-de-tema"})


class Kind(StrEnum):
    """What is wished; the values are intents of the domain."""

    TICKET = "open_ticket"
    PERSON = "ask_human"
    VOICE = "voice_note"
    PHONE = "ask_phone"
    STATUS = "ticket_status"
    LOG_OUT = "log_out"


@dataclass(frozen=True)
class Wish:
    """``reason`` is what was said beside the wish, in the customer's own words; empty where that is nothing."""

    kind: Kind
    reason: str = ""


# "Me suspendieron el servicio, llámenme al …" tells what is wrong; the telephone is said by the way.
BY_THE_WAY = frozenset({Kind.VOICE, Kind.PHONE})
ALONE_WORDS = 5

_WANT = r"(?:(?:qu|k|q)i?er\w+|quisiera|necesit\w+|deseo|me gustaria|prefiero|hay que|tengo que|p[ou]ed[eo]\w*|pod[er]\w+)"
_FEW = r"(?:\w+\s+){0,2}?"
_TICKET = r"(?:un|otro)\s+(?:nuevo\s+)?(?:ti[ck]k?ets?|tiquet|reclamo|caso)(?:\s+(?:nuevo|de soporte|de reclamo|por favor|porfa))*"
# "Abri un ticket" without its accent may be of yesterday; understanding decides about that.
_OPEN = (
    r"(?:^abrir|abr[ai](?:me|an|anme|ame)|haceme|hagan(?:me)?|gener(?:ame|en)|carg(?:ame|uen)|cre(?:ame|en)|arm(?:ame|en)"
    r"|pas[ae]me)"
)
_MAY = r"(?:p[ou]ed\w+|pod[er]\w+|(?:qu|k|q)i?er\w+|quisiera|necesito|prefiero)"
_SOMEBODY = (
    r"(?:un[ao]?\s+)?(?:ser\s+)?(?:persona|human[oa]|alguien|operador\w*|asesor\w*|agente|representante|tecnic[oa]|supervisor\w*)"
    r"(?:\s+(?:real|humana|de verdad|de carne y hueso|de soporte|que (?:me )?(?:entienda|atienda|ayude|sepa)))*"
)
_TALK = r"(?:habl\w+|comunic\w+|chate\w+|contact\w+|charl\w+|trat\w+)"
_PUT_THROUGH = r"(?:pas[ae]\w*|deriv\w+|comuni\w+|conect\w+|transf\w+)"
_SENT = r"(?:(?:ticket|tiket|reclamo)s?|abri\w* (?:un|el|mi) caso)"
_OWN = r"(?:al?|en|de)?\s*(?:el|mi)?\s*(?:ticket|tiket|reclamo)(?: abierto| que (?:abri|mande|tengo))?"
_UNANSWERED = r"(?:nadie|no|sin|nunca|ni|sigo esperando)\s+(?:\w+\s+){0,3}?(?:contest|respond|respuesta|novedad|noticia|escrib)\w*"
_LINE = r"(?:numero(?: de telefono)?|telefono|whats?app?|wh?as+ap|wpp|0800)"
_VOICE = r"(?:audios?|notas? de voz|mensajes? de voz)"
_WISHES = tuple(
    (kind, re.compile(rf"\b(?:{pattern})\b"))
    for kind, pattern in (
        (Kind.TICKET, rf"{_WANT}\s+{_FEW}{_TICKET}|{_OPEN}\s+{_TICKET}"),
        (
            Kind.TICKET,
            r"(?:want|need|like|please)\s+(?:to\s+)?(?:open|create|raise|submit)\s+an?\s+(?:new\s+)?(?:support\s+)?ticket",
        ),
        (
            Kind.PERSON,
            r"(?:talk|speak|chat)\s+(?:to|with)\s+(?:an?\s+)?(?:real\s+)?(?:human|person|agent|someone|somebody|technician)",
        ),
        (Kind.LOG_OUT, r"^(?:quiero |necesito )?salir(?: de (?:la |mi )?(?:cuenta|sesion|usuario))?\W*$"),
        (Kind.PERSON, rf"{_WANT}\s+{_FEW}{_TALK}\s+(?:\w+\s+)?con\s+{_SOMEBODY}"),
        (Kind.PERSON, rf"{_WANT}\s+(?:que\s+)?(?:l[oae]|me)\s+(?:vea|revise|atiend\w+|respond\w+|contest\w+|ayude)\s+{_SOMEBODY}"),
        (Kind.PERSON, rf"{_PUT_THROUGH}\s+(?:ya\s+)?con\s+{_SOMEBODY}|hay\s+{_SOMEBODY}\s+(?:ahi|del otro lado|para hablar)"),
        (Kind.PERSON, rf"como\s+(?:hago para\s+|puedo\s+|podria\s+)?(?:me\s+)?{_TALK}\s+con\s+{_SOMEBODY}"),
        (Kind.STATUS, rf"{_SENT}\W+(?:\w+\W+){{0,8}}?{_UNANSWERED}|{_UNANSWERED}\s+{_FEW}{_SENT}"),
        (Kind.STATUS, rf"(?:agreg|sum|anad|mand|adjunt|sub|envi)\w+\s+(?:\w+\s+){{0,4}}?{_OWN}|(?:cerr|reabr|resolv)\w+\s+{_OWN}"),
        (Kind.VOICE, rf"(?:mand|envi|grab|dej|pas)\w+\s+{_FEW}{_VOICE}|escuch\w+\s+{_FEW}{_VOICE}"),
        (Kind.PHONE, rf"{_LINE}\s+{_FEW}para\s+(?:llam|habl|comunic|contact|reclam)\w+|a que numero {_FEW}llam\w+"),
        (Kind.PHONE, rf"(?:tienen|tenes|hay|pasa\w*|dame|deme)\s+{_FEW}{_LINE}(?: de contacto)?(?=\s*(?:[?.,!]|$))"),
        (Kind.PHONE, rf"{_MAY}\s+(?:que\s+)?(?:me\s+)?llam(?:ar(?:l[eo]s|me|te| por telefono| a? ?soporte)?|e[ns]?)(?! la )"),
        (Kind.PHONE, r"(?:llam[ae]n?me|me pueden llamar)(?=\s*(?:[?.,!]|$|al? |por |ya\b|urgente))"),
    )
)
# "No quiero abrir un ticket", "¿cómo abro un ticket?", "no me deja abrir un ticket", "cuando quiero mandar un audio".
_OTHERWISE = re.compile(r"\b(?:no|nunca|sin|ni|tampoco|como|donde|cuando|si)\s+(?:\w+\s+){0,2}$")
# What joins the reason to the wish, on either side of it.
_JOINERS = (
    r"(?:hola|buenas?|buen|tardes|noches|dias?|che|por favor|porfa\w*|gracias|ya|urgente|porque|por que|[px]q|xque|ya que|es que|"
    r"que|q|because|since|as|por|para que|para|sobre|y|e|pero|asi que|por eso|entonces)"
)
# Words about us are no report of what is wrong.
_ABOUT_US = re.compile(r"\b(?:bots?|robots?|maquinas?|automatic\w+|no (?:me )?sirv\w+|aten[cd]\w+|contest\w+|respond\w+)\b")
_BEFORE = re.compile(rf"^\W*(?:{_JOINERS}\b\W*)*")
_AFTER = re.compile(rf"(?:\W*\b{_JOINERS})*\W*$")


def outright(text: str, label: str) -> Wish | None:
    """What is asked for by name goes before any answer ("quiero abrir un ticket porque no me anda el correo").

    ``label``: what understanding takes the message for.
    """
    wish = wish_of(text)
    return None if label in STRONGER and wish and wish.kind is not Kind.LOG_OUT else wish


def wish_of(text: str) -> Wish | None:
    """The first thing that is wished in ``text``, in the order of the table above; None where nothing is. Never raises."""
    plain = fold(text)
    for kind, pattern in _WISHES if len(text) <= MAX_LENGTH else ():
        found = pattern.search(plain)
        if found and not _OTHERWISE.search(plain[: found.start()]):
            parts = (slice(found.end(), None), slice(None, found.start()))
            told = [_bare(text[part], plain[part]) for part in parts]
            if kind not in BY_THE_WAY or max(len(words.split()) for words in told) <= ALONE_WORDS:
                return Wish(kind, next((words for words in told if len(words.split()) >= REASON_WORDS), ""))
    return None


def _bare(text: str, plain: str) -> str:
    before, after = _BEFORE.match(plain), _AFTER.search(plain)
    start, end = before.end() if before else 0, after.start() if after else len(text)
    return text[start:end].strip() if start < end and not _ABOUT_US.search(plain[start:end]) else ""
