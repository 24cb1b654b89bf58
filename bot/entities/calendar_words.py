"""Patterns for days, hours and spans of time as they are written in chats (plain text: see ``entity.fold``)."""

from __future__ import annotations

_WEEKDAY = r"(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)"
_MONTH = r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)"
_CLOCK = r"\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|a\.m\.?|p\.m\.?|hs?|horas?)?"
_PAST = r"(?:\s+(?:pasad[oa]|anterior))?"
_DATE = rf"\d{{1,2}}(?:[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?|\s+de\s+{_MONTH})"

PART_OF_DAY = (
    r"(?:\s+(?:a|por|en|de)\s+la\s+(?:manana|tarde|tardecita|noche|noxe|madrugada|siesta)|\s+al?\s+medio\s?dia|\s+temprano|\s+tarde"
    rf"|\s+a\s+(?:primera|ultima)\s+hora|\s+\d{{1,2}}(?:[:.]\d\d)?\s?(?:am|pm|hs|horas?)|\s+a\s+las?\s+{_CLOCK})?"
)
# Days that need no "desde" beside "dejó de andar".
NEAR_DAY = (
    r"(?:antes\s+de\s+ayer|anteayer|antiayer|antier|ayer|aller|hayer|antenoche|anoche|hoy|esta\s+(?:manana|tarde|noche|madrugada)"
    rf"|el\s+{_WEEKDAY}{_PAST}|el\s+(?:finde|fin\s+de\s+semana){_PAST})"
)
# What stands after an article ("el", "del").
NAMED_DAY = (
    rf"(?:{_WEEKDAY}{_PAST}|finde{_PAST}|fin\s+de\s+semana{_PAST}|mes{_PAST}|ano{_PAST}|(?:dia\s+)?(?:{_DATE}|\d{{1,2}})"
    r"|(?:primer|ultimo)\s+dia)"
)
DAY = (
    rf"(?:{NEAR_DAY}|esta\s+semana|este\s+(?:mes|ano|finde|fin\s+de\s+semana|{_WEEKDAY})|el\s+{NAMED_DAY}"
    rf"|la\s+semana\s+(?:pasada|anterior)|la\s+(?:madrugada|manana|tarde|noche)(?:\s+del?\s+(?:{_WEEKDAY}|ayer|hoy))?"
    rf"|(?:principios?|comienzos?|mediados|fines|fin)\s+de\s+(?:mes|ano|semana|{_MONTH})|{_MONTH}|{_DATE}|{_WEEKDAY}"
    rf"|las?\s+{_CLOCK}(?:\s+de\s+la\s+\w+)?)"
)

_COUNT = (
    r"(?:\d{1,3}|un\s+par\s+de|un|una|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|treinta|varios|"
    r"varias|unos|unas|algunos|algunas|muchos|muchas|pocos|pocas|media)"
)
_ABOUT = r"(?:(?:ya|como|mas\s+de|mas\s+o\s+menos|casi|unos|unas|aprox\w*|alrededor\s+de|apenas)\s+){0,3}"
_SHORT_UNIT = r"(?:minutos?|min|horas?|hs|h|dias?|semanas?|mes(?:es)?|ratos?|ratito|tiempo|quincena)"
_ALONE = r"rato|dias|semanas|meses|horas|mucho(?:\s+tiempo)?|bastante|tiempo"

# Faults are told in days and months; who says "hace 10 años" tells of himself.
AGO = rf"(?:h?a[cs]e\s+{_ABOUT}(?:{_COUNT}\s?{_SHORT_UNIT}(?:\s+y\s+(?:medio|media|pico))?|{_ALONE}))"
YEARS_AGO = rf"(?:h?a[cs]e\s+{_ABOUT}{_COUNT}\s?anos?)"
