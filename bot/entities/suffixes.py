"""Which endings make a name a domain.

Sources: NIC Argentina's zones (https://nic.ar, "zonas"), the IANA root zone. A short list on purpose: the package reads
chat messages, where "anda.me tira error" is far more frequent than a customer under ``.me``.
"""

from __future__ import annotations

from bot.entities.words import words

# Zones under .ar; names right under .ar exist since 2020.
AR_ZONES = words("com net org gob gov edu int mil tur coop mutual bet senasa musica")

# Recognised wherever they stand.
PLAIN = words(
    """
    com net org edu gov info biz app dev online store shop site website cloud blog page xyz tech io tv agency studio
    digital ar cl br pe mx co ec bo us uk eu fr ca
    """
)

# Real, but also words or file endings: recognised only where something else says that a site is meant.
SIGNED = words(
    """
    es me de la it no se te si su al is in us at be do uy ve py ch nl pt jp cn ru cc ws fm ai tel pro name mobi cat coop
    aero asia jobs travel int mil live life news club vip top icu fun space press host hosting world global group company
    services solutions consulting marketing design media email art bio eco dental clinic legal law academy school education
    institute church fit yoga wine vin beer pet vet green energy bar pizza cafe restaurant hotel tienda viajes abogado
    futbol gratis soy uno lat ong ngo cam bot box ceo fox new eus gal bet casa fyi one red club photo photos film link
    software systems support tools center team today city land house homes farm garden style fashion shoes gift taxi
    tours bike cars auto fitness health care coach games game money cash credit finance tax legal expert guru ninja
    """
)

# The country codes of the IANA root zone, as one string of pairs.
_COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci
ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp
gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li
lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om
pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc
td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""
COUNTRIES = words(_COUNTRIES)
KNOWN = PLAIN | SIGNED | COUNTRIES

# Second levels of the neighbours' zones.
_GENERIC_SECOND = words("com net org gob gov edu gub co")
_NEIGHBOURS = words("uy py bo pe br mx co ec ve cl uk cr gt pa do")


def is_zone(labels: list[str]) -> bool:
    """Whether two labels are a zone in which names are registered (``com.ar``), not a name (``micasa.ar``)."""
    if len(labels) != 2:
        return False
    second, top = labels
    return (top == "ar" and second in AR_ZONES) or (top in _NEIGHBOURS and second in _GENERIC_SECOND)


def ends_in(labels: list[str], endings: frozenset[str]) -> bool:
    """Whether ``labels`` are a name under one of ``endings`` or under a zone of the region."""
    if len(labels) < 2 or is_zone(labels):
        return False
    return labels[-1] in endings or is_zone(labels[-2:])
