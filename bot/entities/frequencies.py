"""How often it happens: the three answers that the form offers."""

from __future__ import annotations

from bot.entities.entity import Entity, Kind, Message, apply, rule

ALWAYS = "Siempre"
SOMETIMES = "Sólo en ciertos casos"
ONCE = "Pasó una sola vez"

_ONLY = r"(?:solo|solamente|unicamente|nada mas|exclusivamente)"
_FILL = r"(?:\s+(?:me|nos|le|les|se|pasa|ocurre|sucede|falla|da|tira|error|sale|es|mal|anda|no|mando|escribo)){0,5}"
# "Solo desde ayer" is a time, "solo desde la oficina" a case.
_TIME = (
    r"ayer|hoy|anoche|ante|hace|que|est[ea]\b|el (?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|mes|ano|dia|\d)"
    r"|la (?:semana|manana|tarde|noche|madrugada)|las? \d|\d"
)
_WAY = r"(?:enviar|mandar|recibir|responder|contestar)"
_CASE = (
    rf"cuando|si\b|al (?!{_WAY}\b(?!.{{0,25}}adjunt))[a-z]+[aei]r\b|desde (?!{_TIME})|con (?:\w+ ){{0,3}}adjunt|en la oficina"
    r"|en el cel|a (?:un|una|los de|las de|gmail|hotmail|yahoo|outlook|algunos|algunas|ciertos)\b"
)
# "Solo" is also "by itself": "que se agregue solo al escribir".
_BY_ITSELF = r"\b(?:se [a-z]+|(?:que|q) [a-z]+|hacer (?:que|q))"
# "Siempre anduvo bien" praises the past, "la clave que uso siempre" is a habit.
_PRAISE = (
    r"(?:(?:y cuando|fui|fue|anduvo|anduvieron|funciono|anda\w* (?:bien|barbaro|joya)|pude|pudimos|us[eo]|usa(?:ba|mos)?|"
    r"tuve|tuvimos|"
    r"estuvo|igual|el mismo|la misma|lo mismo|los mismos|las mismas|con la misma|atent|pag\w+|confi\w+|hice|entre|mande)\b"
    r"|(?:me |nos )?(?:atend|atiend)|excelente|bien\b|l[oa]s? (?:vi|tuve|abri|us[eo]|[a-z]+(?:aba|ia))\b|[a-z]*(?:tr|nd|us)aba\b)"
)
_HABIT = (
    r"\b(?:como|hasta|de|desde|para|casi|no|la|lo|que|q|uso|us[oe]|usa\w*|escribo|escribi\w*|anden?|funcione|contestan|"
    r"obligar|pague yo|llegaba)"
)
_HAPPENED = r"(?:(?:me|nos|le|les|se)\s+)?(?:paso|ocurrio|sucedio|salio|aparecio|fallo|tiro|dio)"
_WITH_OTHERS = r"(?:que|q|mas|por|al|con (?:otr[oa]|el|mi|la))\b"
_HAPPENS = r"(?:(?:me|nos|le|les|se)\s+)?(?:pasa|paso|ocurr\w+|suced\w+|falla|fallo|corta|corto|cae|cayo)\s+"
_QUE = r"(?:que|qe|q|ke|k)"

RULES = (
    rule(
        rf"(?:{_ONLY}\s+)?(?:{_HAPPENED}|fue|es|era)\s+(?:{_ONLY}\s+)?(?:por\s+)?(?:una|1)\s+(?:(?:sola|unica)\s+)?vez"
        r"(?:\s+(?:sola|nomas|nada mas))?",
        ONCE,
        not_after=_WITH_OTHERS,
    ),
    rule(
        rf"(?:por\s+)?(?:una|1)\s+(?:sola|unica)\s+vez|una\s+vez\s+(?:sola|nomas|nada mas)|{_ONLY}\s+(?:una|1)\s+vez",
        ONCE,
        # To do something only once is a wish: "cargar una sola vez para todos".
        not_before=r"[a-z]+[aei]r(?:l[oae]s?)?",
        not_after=_WITH_OTHERS,
    ),
    rule(rf"(?:es )?la primera vez {_QUE} (?:me |nos )?(?:pasa|ocurre|sucede|sale|aparece)", ONCE),
    rule(r"(?:casi|no)\s+(?:(?:me|nos|le|les)\s+)?(?:(?:pasa|es|ocurre|sucede|falla|sale|anda|lo hace)\s+)?siempre", SOMETIMES),
    rule(r"a\s?ve[cs]es|avces|algunas ve[cs]es|alguna que otra vez|mas de una vez", SOMETIMES),
    rule(rf"{_HAPPENS}(?:ya )?(?P<at>(?:varias|muchas) ve[cs]es)", SOMETIMES),
    rule(r"de a ratos|a ratos|por momentos|de rato en rato|a cada rato|cada rato|por ratos", SOMETIMES),
    rule(r"cada tanto|de (?:vez|ves) en cuando|de tanto en tanto|cada (?:dos|2) por (?:tres|3)", SOMETIMES),
    rule(r"intermitentes?|intermitentemente|esporadic\w+|ocasionalmente|va y viene|anda y no anda", SOMETIMES),
    rule(r"en (?:algunos|ciertos|determinados) (?:casos|momentos|dias|horarios)|ciertos casos", SOMETIMES),
    rule(r"algunos dias (?:si|anda|no|me|funciona)", SOMETIMES),
    rule(rf"(?P<at>{_ONLY}){_FILL}\s+(?:{_CASE})\S*", SOMETIMES, not_before=_BY_ITSELF),
    rule(r"todo el tiempo|constantemente|continuamente|en todo momento|todas las veces|todo el rato", ALWAYS),
    rule(rf"cada (?:vez|ves|bes) {_QUE}|siempre {_QUE}", ALWAYS),
    rule(r"nunca (?:me |nos )?(?:anda|funciona|deja|carga|entra|llega\w*|puedo|pude|anduvo|funciono)", ALWAYS),
    rule(r"siempre", ALWAYS, not_before=_HABIT, not_after=_PRAISE),
)


def find_frequencies(message: Message) -> list[Entity]:
    """How often, the narrower readings first: "no siempre" is not "siempre"."""
    return apply(message, Kind.FREQUENCY, RULES)
