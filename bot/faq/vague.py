"""Messages that name a service and that something is wrong with it, but not what: any answer would be a guess.

"No me anda el mail" may be sending, receiving or the password. How sure the model is of such a message says how its
training data happens to be labelled, not what the customer means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.entities.words import words
from bot.faq.decision import CHOICES, Decision, Verdict
from bot.faq.lexical import plain
from bot.faq.understanding import Guess

# What the customer names, by the corpus's service areas.
_SERVICES = {
    "mail": words(
        "casilla casillas correo correos e-mail e-mails email emails gmail hotmail imap mail mails outlook pop smtp thunderbird "
        "webmail"
    ),
    "site": words("sitio sitios web webs website pagina paginas wordpress tienda site page"),
    "domain": words("dominio dominios domain dns"),
    "payment": words("pago pagos factura facturas cobro tarjeta facturacion payment invoice"),
    "account": words("panel cpanel cuenta hosting account"),
}
_COURTESY = words(
    "amigo amigos buen buenas buenos che dia dias disculpa disculpe estimado estimados favor gracias hello hey hi hola noches "
    "perdon please porfa tardes thanks urgente ya"
)
_LITTLE = words(
    "a ahora al algo algun alguna an are ayer con de del desde el electronico en es esta estan estoy has have hay hoy i "
    "internet is la las le les lo los me mi mio mis muchas mucho muchos my nos o otra otro our por que se siempre sobre some "
    "su sus te the toda todas todo todos un una unas unos vez we with y"
)
_WRONG = words(
    "da dan asistencia ayuda ayudame ayudan ayudar ayudarme ayudas ayudeme ayuden consulta consultas drama dramas duda dudas error "
    "errores falla fallando fallas fallo hacer hago help inconveniente inconvenientes issue issues lio mal necesitamos "
    "necesito need podes podria podrian pregunta preguntas problem problema problemas problemita problems puede pueden queria "
    "quiero quisiera soporte tema tenemos tengo teniendo tiene tienen trouble tuve"
)
# Of a site "no anda" says all there is to say: it does not open.
_NOT_WORKING = words(
    "anda andan andando andar camina deja dejaron dejo doesn doesn't doesnt don don't dont funca funcan funciona funcionan "
    "funcionando funcionar funciono isn isn't isnt marcha no not responde t va van work working works"
)
_ENOUGH_OF_A_SITE = frozenset({"no", "not", "doesn", "isn", "anda", "funciona", "funca", "working", "work"})
_WORD = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*")
MOST_WORDS = 12
# The only talk that a service named along with it turns into a question.
CALL_FOR_HELP = "help"


def vague_area(text: str) -> str | None:
    """The area of a message that says no more than that it has to do with it; None where it says more, or names none.

    >>> vague_area("hola, tengo un problema con el mail")
    'mail'
    >>> vague_area("no me anda la página") is None
    True
    """
    said = [word for word in _WORD.findall(plain(text)) if word not in _COURTESY and word not in _LITTLE]
    if not said or len(said) > MOST_WORDS:
        return None
    named = {area for area, names in _SERVICES.items() if not names.isdisjoint(said)}
    rest = {word for word in said if not any(word in names for names in _SERVICES.values())}
    if len(named) != 1 or not rest or not rest <= _WRONG | _NOT_WORKING:
        return None
    area = named.pop()
    return None if area == "site" and "wordpress" not in said and rest & _ENOUGH_OF_A_SITE else area


def asked_back(decision: Decision, guesses: Iterable[Guess], areas: Mapping[str, str], area: str) -> Decision:
    """``decision`` on a vague message: the likeliest entries of its area are offered, however likely.

    Args:
        guesses: every guess, best first.
        areas: each published entry's area.
        area: the one that the message names.
    """
    own = [guess for guess in guesses if areas.get(guess.label) == area][:CHOICES]
    talk = decision.verdict is Verdict.TALK and decision.label != CALL_FOR_HELP
    if talk or decision.verdict is Verdict.OFF_TOPIC or len(own) < 2:
        return decision
    known = {guess.label: guess.probability for guess in decision.candidates}
    choices = tuple(replace(guess, probability=known.get(guess.label, guess.probability)) for guess in own)
    together = min(1.0, sum(guess.probability for guess in choices))
    return Decision(Verdict.ASK_BACK, together, choices[0].label, choices)
