"""Domains and mailbox addresses: where they stand in a message, and their canonical form."""

from __future__ import annotations

import re
import unicodedata

import idna

from bot.entities.entity import Entity, Kind, Message
from bot.entities.suffixes import PLAIN, SIGNED, ends_in
from bot.entities.words import words

# Host names of others that customers mention and never report: webmail providers, networks, registries, the company.
PROVIDERS = words(
    """
    gmail.com googlemail.com hotmail.com hotmail.com.ar hotmail.es outlook.com outlook.com.ar outlook.es live.com
    live.com.ar msn.com yahoo.com yahoo.com.ar yahoo.es ymail.com icloud.com me.com aol.com protonmail.com proton.me
    fibertel.com.ar speedy.com.ar arnet.com.ar ciudad.com.ar telecentro.com.ar
    """
)
COMPANY = frozenset({"csiserver.com"})
OTHERS = (
    PROVIDERS
    | COMPANY
    | words(
        """
    google.com google.com.ar facebook.com instagram.com twitter.com x.com youtube.com whatsapp.com wordpress.org
    wordpress.com microsoft.com office.com office365.com apple.com mercadolibre.com.ar mercadopago.com mercadopago.com.ar
    afip.gob.ar arca.gob.ar nic.ar asp.net cloudflare.com paypal.com spamhaus.org barracudacentral.org letsencrypt.org
    mxtoolbox.com whatsmydns.net godaddy.com donweb.com github.com icann.org spamcop.net webflow.io tramitesadistancia.gob.ar
    """
    )
)

# RFC 1035 2.3.4: a label has at most 63 octets. Combining marks: Macs paste letters in two parts.
_LABEL = r"[^\W_](?:[^\W_]|[\u0300-\u036f-]){0,62}"
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{1,9}}"
_SCHEME = r"(?:(?:https?|ftps?):?/{1,3})?"
_REST = r"(?::\d{1,5})?(?:[/?#][^\s<>\"«»“”()]{0,500})?"

# RFC 5321 4.5.3.1.1: 64 octets before the @; of its letters only those that mailboxes here can have.
ADDRESS = re.compile(rf"(?<![\w.+%'&-])(?P<local>[^\W_][\w.+%'&-]{{0,63}})@(?P<host>{_HOST})(?![\w@-])", re.IGNORECASE)
SITE = re.compile(rf"(?<![\w./-])(?P<lead>{_SCHEME}(?:w{{2,4}}\.)?)(?P<host>{_HOST})(?![\w@-])(?P<rest>{_REST})", re.IGNORECASE)

_ABOUT_A_SITE = re.compile(
    r"\b(?:dominio|sitio|web|pagina|pag|url|link|tienda|blog|direccion|entr(?:ar|o) (?:a|en))\s*(?:es|se llama|:)?\s*$"
)


def canonical(host: str) -> str:
    """``host`` in lower case and Unicode, without a leading ``www.`` (RFC 5890 2.3.2.1: the U-label)."""
    name = unicodedata.normalize("NFC", host).lower().rstrip(".")
    name = re.sub(r"^w{2,4}\.(?=[^.]+\.)", "", name)
    if "xn--" not in name:
        return name
    try:
        return idna.decode(name)
    except UnicodeError:
        return name


def is_of_others(host: str, others: frozenset[str] = OTHERS) -> bool:
    """Whether ``host`` is one of ``others`` or under one of them."""
    labels = host.split(".")
    return any(".".join(labels[place:]) in others for place in range(len(labels)))


def find_addresses(message: Message) -> list[Entity]:
    """The mailbox addresses in ``message``; the @ is sign enough for any ending."""
    found = []
    for match in ADDRESS.finditer(message.text):
        host = _known_part(match["host"], SIGNED) or match["host"]
        name = canonical(host)
        if is_of_others(name, COMPANY) or not name.rpartition(".")[2][:1].isalpha():
            continue
        value = f"{unicodedata.normalize('NFC', match['local']).lower()}@{name}"
        found.append(message.entity(Kind.ADDRESS, value, match.start(), match.start("host") + len(host)))
    return found


def find_domains(message: Message) -> list[Entity]:
    """The domains in ``message``, with scheme, port and path as far as they were written."""
    found = []
    for match in SITE.finditer(message.text):
        before = message.plain[max(0, match.start() - 30) : match.start()]
        signed = bool(match["lead"]) or before.endswith("@") or bool(_ABOUT_A_SITE.search(before))
        host = _known_part(match["host"], SIGNED if signed else frozenset())
        if not host or is_of_others(canonical(host)):
            continue
        end = match.end() if host == match["host"] else match.start("host") + len(host)
        end = match.start() + len(message.text[match.start() : end].rstrip(".,;:!?'"))
        found.append(message.entity(Kind.DOMAIN, canonical(host), match.start(), end))
    return found


def _known_part(host: str, further: frozenset[str]) -> str:
    """The longest beginning of ``host`` that ends as domains do: customers leave no space after a full stop."""
    labels = canonical(f"{host}.").split(".")
    written = host.split(".")
    skipped = len(written) - len(labels)
    for endings in (PLAIN, further):
        for end in range(len(labels), 1, -1):
            if ends_in(labels[:end], endings):
                return ".".join(written[: end + skipped])
    return ""
