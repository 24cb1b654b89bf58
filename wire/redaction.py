"""Secrets that a customer typed into a message: found and replaced before anything stores, shows or forwards the text.

Two ways of finding: a secret with a shape of its own (a card, a key, a vendor's token) wherever it stands, and a password,
which has no shape, by the words around it. A password in plain letters ("la clave es peperino") and a remark on passwords
("la clave es incorrecta") differ in vocabulary only: ``_FILLER`` and ``_STATE`` hold what people say of passwords.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was hidden; where two overlap, the earlier of them."""

    PRIVATE_KEY = "private_key"
    TOKEN = "token"  # noqa: S105
    CARD = "card"
    PASSWORD = "password"  # noqa: S105


@dataclass(frozen=True)
class Redacted:
    """A text without its secrets; ``kinds`` as they were found, each once, empty where nothing was replaced."""

    text: str
    kinds: tuple[Kind, ...]


_SHOWN = {
    Kind.PASSWORD: "[contraseña oculta]",
    Kind.CARD: "[tarjeta oculta]",
    Kind.TOKEN: "[clave de acceso oculta]",
    Kind.PRIVATE_KEY: "[clave privada oculta]",
}
_RANK = list(Kind)
_Span = tuple[int, int, Kind]
_PASSES = 16
_AGAIN = 40


def redact(text: str) -> Redacted:
    """``text`` with a note in place of each secret; the words around it stay. Raises nothing, and a second call changes nothing.

    Every pattern is bounded or possessive, so a pass is linear in the length of the text. What one secret had covered shows when
    a note is in its place, hence more passes than one: two for people's messages, five at most in a search for bad ones.
    """
    kinds: list[Kind] = []
    for _ in range(_PASSES):
        if not (spans := _merged([*_shaped(text), *_cards(text), *_passwords(text)])):
            break
        kinds += [kind for *_, kind in spans]
        text = _without(text, spans)
    return Redacted(text, tuple(dict.fromkeys(kinds)))


def _merged(spans: list[_Span]) -> list[_Span]:
    merged: list[_Span] = []
    for start, stop, kind in sorted(spans):
        if merged and start < merged[-1][1]:
            before = merged.pop()
            start, stop, kind = before[0], max(stop, before[1]), min(kind, before[2], key=_RANK.index)
        merged.append((start, stop, kind))
    return merged


def _without(text: str, spans: list[_Span]) -> str:
    ends = [0, *(stop for _, stop, _ in spans)]
    kept = [text[end:start] + _SHOWN[kind] for end, (start, _, kind) in zip(ends, spans, strict=False)]
    return "".join(kept) + text[ends[-1] :]


# Secrets with a shape of their own; the group "s" is the secret, or else the whole match.
# RFC 7468 (PEM; OpenSSH and PGP frame theirs alike) and PuTTY's ppk. A block that was cut ends with its last line of base64.
_HEADER = r"(?:Proc-Type|DEK-Info|Version|Comment|Encryption|(?:Public|Private)-(?:Lines|MAC)|Key-Derivation|Argon2-\w+): ?[^\n]*+"
_LINES = rf"(?:(?:\s|\\[nr])*+(?:[A-Za-z0-9+/]{{20,}}+=*+|[A-Za-z0-9+/]+={{1,2}}|{_HEADER}))*+"
_END = r"(?:(?!----).)*+----[- ]?END [A-Z0-9 ]{0,40}-{4,5}"
_SHAPES = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        (Kind.PRIVATE_KEY, rf"-{{4,5}} ?BEGIN (?:[A-Z0-9]+ ){{0,3}}PRIVATE KEY(?: BLOCK)? ?-{{4,5}}(?:{_END}|{_LINES})"),
        (Kind.PRIVATE_KEY, rf"PuTTY-User-Key-File-\d: [^\n]*+{_LINES}"),
        # JSON Web Token (RFC 7519): base64url parts, of which the first two begin as JSON objects do.
        (Kind.TOKEN, r"(?<![\w-])eyJ[\w-]{10,}+\.eyJ[\w-]{5,}+\.[\w-]*+"),
        # As vendors document them: AWS, GitHub, GitLab; Stripe, Slack, Google; Mercado Pago, Meta; OpenAI, SendGrid, Telegram.
        (Kind.TOKEN, r"(?<![\w+/-])(?:(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)|(?:gh[pousr]_|github_pat_)\w{20,}+|glpat-[\w-]{20,}+)"),
        (Kind.TOKEN, r"(?<![\w+/-])(?:(?:[sr]k_(?:live|test)|whsec)_\w{16,}+|xox[a-z]-[\w-]{10,}+|(?:AIza|ya29\.)[\w-]{30,}+)"),
        (Kind.TOKEN, r"(?<![\w+/-])(?:APP_USR-[\w-]{20,}+|TEST-\d{10,}-[\w-]{20,}+|EAA[A-Za-z0-9]{40,}+|GOCSPX-[\w-]{20,}+)"),
        (Kind.TOKEN, r"(?<![\w+/-])(?:sk-(?=[a-zA-Z_-]*+\d)[\w-]{20,}+|SG\.[\w-]{16,}+\.[\w-]{16,}+|\d{8,10}:AA[\w-]{30,}+)"),
        # RFC 6750, RFC 7617 and SMTP's AUTH (RFC 4954).
        (Kind.TOKEN, r"(?i)(?<!\w)(?:bearer|authorization\W{1,4}basic|auth (?:plain|login))\s+(?P<s>[\w.~+/-]{12,}+=*+)"),
        # The user information of a URL (RFC 3986); a cPanel FTP user has an @ of his own.
        (Kind.PASSWORD, r"://[^\s:/\[]{0,80}:(?P<s>[^\s/\[]{1,100})@(?=[\w\[])"),
        (Kind.PASSWORD, r"(?:mysql(?:dump|admin)?\s[^\n|;\[]{0,100}?\s-p|sshpass\s-p\s?)['\"]?(?P<s>[^\s'\"\[]{3,80})"),
        (Kind.PASSWORD, r"(?<=\s)(?:-u|--user)[\s=]['\"]?[^\s:'\"]{1,60}:(?!\d+\b)(?P<s>[^\s'\"\[]{3,80})"),
        (Kind.PASSWORD, r"(?i)identified by ['\"](?P<s>[^'\"\n\[]{1,80})"),
    )
)
_NAMED_TOKEN = re.compile(
    r"(?i)(?<![^\W_])(?:tokens?|api[ _-]?key|secret(?:[ _-](?:access[ _-])?key)?|access[ _-]key|clave secreta"
    r"|clave (?:de (?:la )?)?api)(?![^\W_])"
    r"(?=['\"\])]{0,3}(?:\s+[a-záéíóúñ]{1,12}){0,5}\s*(?:=>|[:=]|\s)\s*['\"]?(?P<s>[\w.+/-]{20,120}=*))"
)


def _shaped(text: str) -> Iterator[_Span]:
    for kind, pattern in _SHAPES:
        for match in pattern.finditer(text):
            yield *match.span("s" if "s" in pattern.groupindex else 0), kind
    for match in _NAMED_TOKEN.finditer(text):
        value = match["s"]
        # reCAPTCHA's two keys begin alike; the one that is called secret is.
        public = _PUBLIC.match(value) and not (value.startswith("6L") and "secret" in match[0].lower())
        if _DIGIT.search(value) and _LETTER.search(value) and len(set(value)) >= 10 and not public:
            yield *match.span("s"), Kind.TOKEN


# Payment cards (ISO/IEC 7812): an issuer's prefix with its length, and the check digit; of the Argentine ones Cabal and Naranja.
_UUID = r"[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}"
_FOURS = r"(?P<short>\d{4}(?P<space>[ .-]{1,3})\d{4}(?P=space)?\d{4}(?P=space)?\d{4})(?:(?P=space)\d{3})?"
_SIX = r"\d{4}(?P<gap>[ .-]{1,3})\d{6}(?P=gap)?\d{4,5}"
_CARD = re.compile(rf"{_UUID}|(?<![\w+])(?<!\d[.,])(?=(?P<card>\d{{13,19}}|{_SIX}|{_FOURS})(?!\d))\d")
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}|(?:6011|64[4-9]\d|65\d\d|35[2-8]\d|6042)\d{12}"
    r"|(?:50\d\d|5[6-8]\d\d|6304|6759|676[1-3]|62\d\d)\d{9,15}"
)
_CARD_WORD = re.compile(r"(?i)\b(?:tarjetas?|visa|master(?:card)?|amex|american express|cabal|naranja|maestro|c[vs][vc]2?)")
_CARD_CODE = re.compile(
    r"(?i)\b(?:c[vs][vc]2?|c[oó]d(?:igo|\.)?\s*(?:de\s*)?seg(?:uridad|\b\.?)|(?:n[uú]mer(?:it)?os?|d[ií]gitos|c[oó]digo) de"
    r" atr[aá]s)(?:\s+(?:de la tarjeta|es|son))*+\s*[:=#]?\s*(?P<s>\d{3,4})(?![\d.])"
)


def _cards(text: str) -> Iterator[_Span]:
    found = False
    for match in _CARD.finditer(text):
        # Three digits beside a card are its code more often than the end of a card of 19.
        part = next((group for group in ("short", "card") if match[group] and _is_card(match[group])), None)
        if part is not None:
            found = True
            yield *match.span(part), Kind.CARD
    if found or _CARD_WORD.search(text):
        yield from ((*match.span("s"), Kind.CARD) for match in _CARD_CODE.finditer(text))


def _is_card(written: str) -> bool:
    digits = re.sub(r"\D", "", written)
    doubled = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return doubled % 10 == 0 and _ISSUER.fullmatch(digits) is not None


# Passwords by the words around them: _WORD … a link … _VALUE.
_WORD = (
    r"(?<![^\W_])(?<!=)(?<!palabra )(?<!palabras )(?:"
    r"co?n(?!pa)\w{2,6}?(?:ñ|n\u0303|&ntilde;)i?as?|cons?tr?a?[sc]e(?:n[iy]?|nh|gn)as?"
    r"|cla[vb]es?|pass?(?:w(?:or)?d|word|w)?|pwd|pss|psw|pswd|pin|contra(?=\s*[:=]|\s+(?:es|era)\s)|[a-z]{1,10}(?:pass|pwd|password)(?=\s*=))"
    r"(?!\w)(?!\s(?:(?:de acceso |privada )?oculta\]|p[uú]blica|for[aá]nea|primaria))"
)
_PIECE = r"[^\s:=,;\"'\[\]]{1,40}+"
_OTHER = (
    r"(?:usuario|user|mail|correo|casilla|cuenta|dominio|sitio|error|ip|dni|cuit|ticket|servidor|host|puerto|base|dice|sale|mensaje|c[oó]digo"
    r"|n[uú]mero|nro|cliente|pedido|factura|link|url|web|p[aá]gina|versi[oó]n|nombre|log|asunto|registro)\b"
)
_ABOUT = (
    r"(?:\s+\(?(?:nuev|viej|actual|anterior|fiscal|provisori|temporal|root|admin)\w{0,5}\)?){0,2}"
    r"(?:[^\S\n]+(?:de|del|d|para|en|al?|que|q|con|for|of)"
    rf"(?:[^\S\n]+(?!(?:y|e|o|pero|porque|xq|no|ni|error|cuando|est[aeo]s?)\b){_PIECE}(?<![.!?])){{1,7}}?)??"
)
_VALUE = (
    r"(?:\"(?P<a>[^\"\n\[]{1,80})\"|'(?P<b>[^'\n\[]{1,80})'|[“«](?P<c>[^”»\n\[]{1,80})[”»]"
    r"|[\"'“«(*`]{0,3}(?P<d>[^\s\"'`\[][^\s\[<;&,]{0,99}+(?:(?!</|[;&,]\w{1,30}[:=])[<;&,][^\s\[<;&,]{0,99}+){0,9}+))"
)
_SIGN = r"(?:['\"\])]{0,3}\s*(?:=>|->|→|[.,;]?:)\s*|>|['\"\])]{0,3}[^\S\n]*=[^\S\n]*|['\"],\s*(?=['\"])|\s+-+\s+)"
_IS = (
    r"\s+(?:es|son|era|fue|ser[ií]a|sigue siendo|(?:deber[ií]a|ten[ií]a que|tiene que) ser|is|was)(?!\w)"
    r"(?:\s+(?:(?:la|el)\s+)?(?:siguiente|est[ae]|ésta))?\s*[:=]?\s*"
)
_TYPING = r"(?:pongo|poniendo|puse|uso|usando|us[eé]|escrib(?:o|iendo|[ií])|meto|metiendo|tipeo|tipeando|ingreso|ingresando)"
_PART = r"\s+del?(?:\s+(?:la|el|mi))?\s+(?:mail|correo|c?panel|ftp|base|hosting|wordpress|webmail|wifi|cliente|\S{1,40}@\S{1,40})"

# Never a password where people write one: addresses, places, numbers of other things, products, public keys, empty fields.
_PUBLIC = re.compile(
    r"\S*@[\w-]+\.[\w.-]+$|(?:https?://|www\.|/)|[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|ar|edu|gob|tur|php|html?|txt|pub|zip|sql)(?:[/:]|$)"
    r"|\d+(?:\.\d+){2,}$|\d{1,4}([/-])\d{1,2}\1\d{1,4}$|\d{2}-\d{8}-\d$|(?:2[0347]|3[034])\d{9}$|MDA-\w+$|0x[0-9a-f]+$|\d{1,2}[a-zñ]+$|\d+%$"
    r"|(?:office|windows|outlook|iphone|android|php|mysql|mariadb|wpa|sha|rsa|ed|aes|utf|base|ipv|pop|imap|oauth|tls|wp|cpanel|error|dkim|spf)"
    r"[\d.-]+$|ssh-|ecdsa-|AAAA|MI[GI][a-z]|[vkp]=|google-site|6L[\w-]{30}|----|[{<%]|\$\{|\$[a-z_]+$|[*x•._-]+$|[a-z]\w*\(['\"$]|(?:get)?env\("
    r"|\S+[:=]$|(?-i:[A-Z]{2,}(?:_[A-Z]+)+$)",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"al?|algo|ah[ií]|ahora|alguna|ambas|anda|as[ií]|bien|como|con|cu[aá]l|cu[aá]ndo|del?|demasiado|dice|d[oó]nde|el|en|entr[ao]|es|es[ae]|fue|ha"
    r"|est[aáe]n?|hay|igual|las?|le|los?|m[aá]s|mal|me|m[ií]a?|mism[ao]|muy|nada|ni|ninguna|nuestra|nunca|ok|otr[ao]|para|pero|poco|por|porque"
    r"|pongo|puse|qu?[eé]?|quien|re|se|ser|s[ií]|siempre|sin|s[oó]lo|suy?a?|tambi[eé]n|tampoco|tan|tengo|tod[ao]s?|tuy?a?|una?|usar|ver|vez|ya?|yo"
    r"|is|the|not|too|must|your|yes|null|none|true|false|required|wrong|invalid|incorrect|correct|expired|failed|empty|string|text"
)
_STATE = re.compile(
    r"no|(?:in)?v[aá]lid[ao]s?|(?:in)?segur[ao]s?|cort[ao]|larg[ao]|f[aá]cil|dif[ií]cil|d[eé]bil|fuerte|distint[ao]s?|diferentes?|mayor|menor"
    r"|nuev[ao]s?|viej[ao]s?|buen[ao]|mal[ao]|complej[ao]|simple|sencill[ao]|[uú]nic[ao]|secret[ao]|propi[ao]|vac[ií][ao]|eso|rar[ao]|obvi[ao]"
    r"|\w+(?:[aiu]d[ao]s?|[aei]ble|os[ao]|iv[ao]|ct[ao]s?|[ií]sim[ao]|ori[ao]|[mnlr]al|ncia|mente|ci[oó]n|ando|iendo|[áóéí])"
)
_ENDS = re.compile(r"\s*(?:$|\n|[,;.)|/\"'”»]|(?:y|e|usuario|user|pero|gracias)\b)")
_LETTER, _DIGIT, _SYMBOL = re.compile(r"[^\W\d_]"), re.compile(r"\d"), re.compile(r"[!#$%&*+@^~]|[A-Z]\w*_[a-z]")


def _is_mixed(value: str, _rest: str = "") -> bool:
    """Whether no word and no number is written like ``value``."""
    core = value.strip("!*")
    letter, digit = _LETTER.search(core), _DIGIT.search(core)
    return len(value) >= 4 and bool((letter and digit) or ((letter or digit) and _SYMBOL.search(core)))


def _is_odd(value: str, _rest: str = "") -> bool:
    """The same, and no user's name either: for places where passwords are rare."""
    return (
        len(value) >= 6 and re.search(r"[A-Z]|[^\w-]", value) is not None and _DIGIT.search(value) is not None and _is_mixed(value)
    )


def _is_bare(value: str, rest: str) -> bool:
    """Without a link, a number counts unless it looks like that of an error."""
    number = re.fullmatch(r"\d{4,12}", value) and not re.match(r"\s+(?:access|\(|\d)", rest, re.I)
    return bool(number) or _is_mixed(value)


def _is_said(value: str, rest: str) -> bool:
    """After a link: the vocabulary decides on letters, the place on short numbers."""
    ends = _ENDS.match(rest) is not None
    if re.fullmatch(r"[\d.-]+", value):
        return len(value) >= 4 or (len(value) == 3 and ends)
    if _is_mixed(value):
        return True
    if len(value) < 4 or not (ends or " " in value):
        return False
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", value)[:4]]
    return bool(words) and not any(map(_STATE.fullmatch, words)) and (" " in value or not _FILLER.fullmatch(words[0]))


def _is_new(value: str, _rest: str) -> bool:
    """What a password was changed to."""
    return len(value) >= 6 and _is_mixed(value)


def _is_typed(value: str, rest: str) -> bool:
    """What somebody types where a password is wanted; a number alone only where nothing says what it numbers."""
    return _is_odd(value) or (re.fullmatch(r"\d{4,8}", value) is not None and _ENDS.match(rest) is not None)


_Judge = Callable[[str, str], bool]
_Places = tuple[tuple[re.Pattern[str], _Judge], ...]
_AFTER_WORD: _Places = tuple(
    (re.compile(pattern, re.IGNORECASE), judge)
    for pattern, judge in (
        (rf"{_ABOUT}{_SIGN}{_VALUE}", _is_said),
        (rf"{_ABOUT}{_IS}{_VALUE}", _is_said),
        (rf"(?:\s+(?:nueva|vieja|actual|anterior|fiscal|root))?\s+{_VALUE}", _is_bare),
        (rf"{_PART}\s+{_VALUE}", _is_odd),
        (rf"\s+(?:por|a)\s+{_VALUE}", _is_new),
        (rf"(?:\s++{_PIECE}){{0,7}}?\s++{_TYPING}\s++{_VALUE}", _is_typed),
        (rf"{_ABOUT}\s*[.,;]\s*{_VALUE}", _is_odd),
        (rf"(?:\s++{_PIECE}){{0,7}}?\s++(?!{_OTHER}){_PIECE}(?:\s*+[:=]\s*|,?\s+(?:es|era)\s+){_VALUE}", _is_odd),
    )
)
_ELSEWHERE: _Places = tuple(
    (re.compile(pattern, re.IGNORECASE), judge)
    for pattern, judge in (
        (
            rf"\b(?:usuario|user)(?:\s*:|\s+es)?\s+(?!(?:or?|and|y|e|u)\s)[^\s:,]{{1,60}},?\s+(?:y\s+)?(?:(?:la|mi)\s+)?"
            rf"{_WORD}(?=\s+{_VALUE})",
            _is_said,
        ),
        (
            rf"\b(?:usuario|user|mail|login)\s?(?:[/|&-]|y|e)\s?(?:(?:la|mi|est[ae])\s)?"
            rf"{_WORD}(?={_SIGN}?\s*[^\s/|,]{{1,60}}(?:\s*[/|,]\s*|\s+){_VALUE})",
            _is_mixed,
        ),
        (
            # "Te dejo user y pass del panel, así lo ves: tienda / …"
            rf"\b(?:usuario|user)\s?(?:[/|&-]|y|e)\s?(?:(?:la|mi)\s)?{_WORD}"
            rf"(?=(?:[^\S\n]++{_PIECE}){{1,9}}?[^\S\n]*+:\s*[^\s/|,:]{{1,60}}\s*[/|,]\s*{_VALUE})",
            _is_mixed,
        ),
        (rf"(?<!\S){_VALUE}(?=\s+(?:es|era|como|de|is)\s+(?:(?:la|mi|su|nuestra)\s+)?{_WORD})", _is_mixed),
        (rf"\b(?:cambi|pus[eio]|pong|pon[eé]|qued)\w*(?=\s+(?:(?:por|a|como|de|la|en)\s+){{0,2}}{_VALUE})", _is_odd),
        (rf"\b(?:prob|intent)\w+\s+con(?=\s+{_VALUE})", _is_odd),
        (rf"\bla\s+(?:nueva|vieja|otra|anterior|actual|del?\s+(?:la\s+)?\w{{2,20}})(?=(?:{_IS}|:?\s+){_VALUE})", _is_odd),
        (rf"@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,4}}(?=(?:\s*[/|:]\s*|,?\s+(?:y\s+)?)(?!{_WORD}){_VALUE})", _is_odd),
    )
)
_MORE = re.compile(rf"[\"']?[,;]?\s+[yoeu]\s+{_VALUE}", re.IGNORECASE)
_PASSWORD_WORD = re.compile(_WORD, re.IGNORECASE)
# An address and one more word, and nothing else, is how a log-in is handed over.
_ABOUT_LOGIN = re.compile(
    rf"(?i){_WORD}|\b(?:datos|accesos?|credenciales|entr\w+|ingres\w+|logue\w+)\b|^\s*+[^\s@]++@[^\s@]++\s++\S++\s*+$"
)


def _passwords(text: str) -> Iterator[_Span]:
    if not _ABOUT_LOGIN.search(text):
        return
    found: dict[int, str] = {}
    for word in _PASSWORD_WORD.finditer(text):
        for pattern, judge in _AFTER_WORD:
            if match := pattern.match(text, word.end()):
                _follow(text, match, judge, found)
    for pattern, judge in _ELSEWHERE:
        for match in pattern.finditer(text):
            _follow(text, match, judge, found)
    yield from ((start, start + len(value), Kind.PASSWORD) for start, value in found.items())
    # Who says a password once often says it again, where no word gives it away.
    if again := "|".join(sorted(re.escape(value) for value in set(found.values()) if _is_odd(value))[:_AGAIN]):
        for match in re.finditer(rf"(?<![\w@.-])(?:{again})(?![\w@-])", text, re.IGNORECASE):
            yield *match.span(), Kind.PASSWORD


def _follow(text: str, match: re.Match[str], judge: _Judge, found: dict[int, str]) -> None:
    start, value = _value(match)
    # A second password after "y" is told by the first. Where one was found before, the walk ends: two would be quadratic.
    while start not in found and not _PUBLIC.match(value) and judge(value, text[start + len(value) : start + len(value) + 20]):
        found[start] = value
        if not (more := _MORE.match(text, start + len(value))):
            return
        (start, value), judge = _value(more), _is_odd


def _value(match: re.Match[str]) -> tuple[int, str]:
    group = next((name for name in "abc" if match[name]), "d")
    return match.start(group), match[group].rstrip(".,;:)\"'>]}") if group == "d" else match[group]
