"""The customer's own words for what the report's buttons say, where understanding alone would be unsure. All take plain text.

Plain: lower case without accents, see :func:`bot.faq.lexical.plain`.
"""

from __future__ import annotations

import re

from bot.entities.words import words

_WANTS_CHANGE = re.compile(
    r"\b(corregi\w*|corrij\w+|cambi\w+|modific\w+|edit\w+|equivoqu\w+|confundi\w*|reescrib\w+|tocar|arregl\w+|actualiz\w+|"
    r"reemplaz\w+|agreg\w+|anad\w+|sum(?:ar|o|a|e)\w*|falt\w+|me olvid\w+|(?:puse|escribi|esta|quedo) mal|mal puest\w+)\b"
)
# In the middle of a report only this: "cambié la contraseña" is an answer.
_CORRECTS = re.compile(r"^(?:(?:quiero|quisiera|necesito|puedo|che|perdon|espera|esperen?)\W+)*(?:correg\w+|corrij\w+)\b")
# Short, so that nothing is lost by keeping "No lo sabe" instead.
_DOES_NOT_KNOW = re.compile(
    r"^(?:(?:la verdad|y|eh|u+f+|m+|ah|ahora|che)\W+)*(?:no (?:lo |me |le |te |l[oa] )?(?:se|recuerdo|acuerdo|sabria|tengo idea)\b"
    r"|ni (?:idea|me acuerdo|lo se)\b|ni la (?:mas |menor )?\w+$|desconozco\b"
    r"|no (?:l[oa] )?(?:comprobe|probe|mire|verifique|chequee|note)\b"
    r"|no (?:le )?(?:veo|encuentro|hallo) (?:un |una |ningun\w* )?(?:patron|relacion|logica|motivo)\b)"
)
KNOWS_NOT_WORDS = 5
# A refusal to send is the wish to change something; nothing is sent by it.
_NOT_YET = re.compile(
    r"^(?:(?:n+o+|nono|nop\w*|para+|pera|esper\w+|aguant\w+|todavia|aun|un|poco|momento|momentito|toque|segundo|asi|esta|es|bien|lo|la|me"
    r"|mand\w+|envi\w+|ya|falta|por favor)\W*)+$"
)
_STILL = re.compile(r"\b(?:todavia|aun|esper\w+|pera|aguant\w+|frena\w*|no termin\w+)\b")
_REFUSING = re.compile(r"\b(?:n+o+|nono|nop\w*|para+|pera|esper\w+|aguant\w+|momento|momentito|falta)\b")
_THE_SAME = re.compile(r"\b(segui\w*|sigamos|continu\w+|agreg\w+|sumal\w+|es[eao]s?|mism[oa])\b")
_ANOTHER = re.compile(r"\b(otr[oa]|nuev[oa])\b")
_FILES_DONE = re.compile(
    r"\b(listo|(?:ya|ahi) (?:\w+ )?(?:esta|estan|lo|los|las|la|mande|envie|subi|adjunte|pase|fue|fueron)|eso es todo|nada mas"
    r"|termine|no (?:tengo|hay|puedo|se puede|quiero|gracias)|ningun\w*|sin (?:archivos?|adjuntos?|capturas?|nada|imagen\w*|fotos?)"
    r"|no (?:me )?hace\w? falta|no (?:te |le |les )?(?:voy|vamos|pienso)|sigamos|por ahora (?:no|nada)|(?:asi|eso) nomas|asi esta"
    r"|dejal[oa]s? asi|siguiente"
    r"|(?:l[oa]s? (?:paso|mando|envio|subo|agrego)|l[oa]s? voy a (?:pasar|mandar|enviar|subir)) (?:despues|luego|mas tarde))\b"
)
# He cannot, or does not want to, use his password.
_WANTS_CODE = re.compile(
    r"codigo|olvid|no (?:me )?(?:acuerdo|recuerdo)|no tengo (?:la |mi )?(?:clave|contrasena|pass)|perdi la|recuper"
)
_NO_MESSAGE_WORDS = (
    r"(?:no|nada|ningun\w*|sin|hay|sale|aparece|dice|dijo|muestra|tira|da|me|nos|se|ve|ni|un|el|error\w*|mensajes?|carteles?|cartel"
    r"|avisos?|solo|texto|y|que|yo|vea|vi|creo|por ahora|tampoco|figura|salta|de|nomas|alguno)"
)
_NO_MESSAGE = re.compile(rf"(?:(?:la verdad|creo|por ahora|que)\W+)*(?:no|ni|nada|ningun\w*|sin)\b(?:\W+{_NO_MESSAGE_WORDS})*\W*$")
_ORDERS = re.compile(
    r"^(?:(?:si|dale|ok|bueno|listo|entonces|ya)\W+)*(?:abr\w+|envi\w+|mand\w+|cre\w+|gener\w+)\s+(?:\w+\s+)?ticket\b"
)
_PUTS_OFF = re.compile(
    r"\bl[oa] (?:mando|envio|hago|termino|sigo|seguimos|dejo) (?:para )?(?:manana|despues|luego|mas (?:tarde|adelante)|otro dia)\b"
)
# "Dejá, lo resuelvo yo"; "deja de andar a la noche" is an answer.
_GIVES_UP = re.compile(r"^(?:no\W+)?(?:deja|dejal[oa]|dejemosl[oa]|olvida(?:l[oa]|te)?)(?:\W*$|\W*,|\W+(?:nomas|no|asi|ya)\b)")
_CANCELS = re.compile(r"\b(?:cancel\w*|anul\w*|ticket|reporte)\b")
# "Esta mañana" and "después del corte" sound like "later"; who leaves says that he goes on, stops, or comes back.
_TIME = re.compile(r"^(?:desde|hace|hara|est[ae]|hoy|ayer|anoche|a la|por la|al|el|los|las|todos|cuando|despues del?|luego del?)\b")
_LEAVES = re.compile(
    r"\b(sig[ou]|segu\w+|mas (?:tarde|adelante)|dej\w+|ahora no|vuelv\w+|contin\w+|retom\w+|complet\w+|termin\w+|chau\w*"
    r"|adios|me voy)\b"
)
_BACK_WORDS = words("volver volve volvamos volvemos vuelve vuelva retroceder retrocede retroceda atras anterior previa")
_AROUND_BACK = words(
    """
    a al la el lo para pa hacia ir de un una uno paso pregunta me quiero quisiera puedo podemos che por favor antes
    """
)
_THE_ONE_BEFORE = re.compile(r"\bla (?:pregunta )?de antes\b")
_AGREEMENT = words(
    """
    acepto adelante afirmativo barbaro bien buenisimo bueno claro confirmo confirmado correcto dale enviala envia envialo envie
    enviar envielo envienlo excelente exacto fenomeno genial hacelo hagalo impecable joya manda mandale mandalo mandame
    mandar mande mandelo mandenlo obvio ok oka okay okey okis perfecto positivo si sip sipi sisi va vale yes
    """
)
_AROUND_AGREEMENT = words(
    """
    a ahi ahora asi che con de el en es eso esta este genio gracias jefe la listo lo los maestro me mi muy nomas orden para por
    favor porfa quedo senor senora tal ticket todo una xfa ya
    """
)
_DOUBLED = re.compile(r"([aeios])\1+")
MOST_WORDS = 7
_INTERROGATIVE = re.compile(
    r"^\W*(?:(?:y|che|una consulta|pregunta|perdon|disculpe)\W+)*(?:que|como|cual\w*|cuant\w+|cuando|donde|quien\w*|por ?que"
    r"|para que|se puede|puedo|pueden|hay|tienen|es posible|sirve|hace falta|conviene)\b"
)
_VOICE = frozenset({"ogg", "oga", "opus", "m4a", "mp3", "wav", "aac", "amr"})


def wants_change(text: str) -> bool:
    """At the summary: something is not right yet."""
    return bool(_WANTS_CHANGE.search(text) or (_NOT_YET.match(text) and _REFUSING.search(text)))


def corrects(text: str) -> bool:
    """In the middle of a report: an earlier answer is to be changed."""
    return bool(_CORRECTS.match(text)) and len(text.split()) <= MOST_WORDS


def does_not_know(text: str) -> bool:
    """He has no answer to the question, and says little else."""
    return bool(_DOES_NOT_KNOW.match(text)) and len(text.split()) <= KNOWS_NOT_WORDS


def not_yet(text: str) -> bool:
    """At the summary: something is still to come; that is no cancellation."""
    return bool(_STILL.search(text))


def gives_up(text: str) -> bool:
    """He does not want to report it after all."""
    return bool(_GIVES_UP.match(text)) and len(text.split()) <= MOST_WORDS


def cancels(text: str) -> bool:
    """He says by name that there is to be no ticket."""
    return bool(_CANCELS.search(text))


def puts_off(text: str) -> bool:
    """He will send it another time."""
    return bool(_PUTS_OFF.search(text))


def orders(text: str) -> bool:
    """The ticket is told to be opened, in as many words."""
    return bool(_ORDERS.match(text))


def agrees(text: str) -> bool:
    """At the summary: nothing but agreement stands in the message. A question or a "no" is none."""
    return "?" not in text and _only(text, _AGREEMENT, _AROUND_AGREEMENT)


def means_the_same(text: str) -> bool:
    """At the offered draft or ticket: that one."""
    return bool(_THE_SAME.search(text))


def means_another(text: str) -> bool:
    """At the offered draft or ticket: not that one."""
    return bool(_ANOTHER.search(text))


def has_no_more_files(text: str) -> bool:
    """At the question for files: there are none, or no more."""
    return bool(_FILES_DONE.search(text))


def wants_code(text: str) -> bool:
    """Before the log-in: he cannot, or does not want to, use his password."""
    return bool(_WANTS_CODE.search(text))


def saw_no_message(text: str) -> bool:
    """At the question for the error message: none, and nothing else that would be lost."""
    return bool(_NO_MESSAGE.match(text))


def tells_a_time(text: str) -> bool:
    """When it happens, and no word of leaving."""
    return bool(_TIME.match(text)) and not _LEAVES.search(text)


def goes_back(text: str) -> bool:
    """Back to the question before, and nothing else."""
    return bool(_THE_ONE_BEFORE.search(text)) or _only(text, _BACK_WORDS, _AROUND_BACK)


def _only(text: str, wanted: frozenset[str], around: frozenset[str]) -> bool:
    """One of the ``wanted`` words and at most words ``around`` it; letters that are drawn out count once."""
    said = {_DOUBLED.sub(r"\1", word) for word in re.findall(r"\w+", text)}
    return not said.isdisjoint(wanted) and said <= wanted | around and len(said) <= MOST_WORDS


def asks(text: str) -> bool:
    """A question of his own, not an answer with a doubt in it ("outlook?")."""
    return text.rstrip().endswith("?") and bool(_INTERROGATIVE.match(text))


def is_voice(name: str) -> bool:
    """Whether a file of this name is a voice note: nobody here can listen to it."""
    return name.rpartition(".")[2].lower() in _VOICE
