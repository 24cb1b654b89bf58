"""The tree of a mail's parts: the text that its writer wrote, the files that he sent, and what cannot be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message

from escalation.mail import inline_pictures, texts, tnef

# A sequence of parts in one another, as far as anybody needs it; beyond it a part is left as it is.
DEPTH_MAX = 30
PARTS_MAX = 300
# They prove or describe what stands beside them and are nothing to read.
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
# Gmail's third alternative beside text and HTML.
_SAID_AGAIN = frozenset({"text/x-amp-html"})
# What programs write where they cannot say it without HTML.
_NO_TEXT = re.compile(
    r"(?:no (?:admite|soporta|puede (?:ver|mostrar))|does(?:n't| not) support|view (?:this|it)|enable|habilite)\b.{0,80}\bhtml\b",
    re.IGNORECASE | re.DOTALL,
)
_NO_TEXT_MAX = 300
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(frozen=True)
class File:
    """A file of a mail; ``name`` is what its sender called it, as he wrote it."""

    name: str
    content: bytes


@dataclass
class Collected:
    """What a mail holds. ``unread`` names (es-AR) what could not be opened; ``report``: parts of a delivery report."""

    text: str = ""
    files: list[File] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    report: list[Message] = field(default_factory=list)
    parts: int = 0
    packages: int = 0


def collect(message: Message) -> Collected:
    """Walks the tree once."""
    found = Collected()
    text = _text(message, found, 0).strip()
    if len(text) >= texts.TEXT_MAX:
        found.unread.append("más texto del que se puede mostrar")
    found.text = text[: texts.TEXT_MAX]
    return found


def _text(part: Message, found: Collected, depth: int) -> str:
    found.parts += 1
    if depth > DEPTH_MAX or found.parts > PARTS_MAX:
        found.unread.append("una parte anidada demasiado adentro")
        return ""
    kind = part.get_content_type()
    if part.is_multipart() and kind != "message/rfc822" and not kind.startswith("message/"):
        return _several(part, found, depth)
    if kind.startswith("multipart/"):
        # Without the boundary that would part it: it is what it reads.
        return texts.of_part(part)
    if kind in _SIGNATURES or kind in _SAID_AGAIN:
        return ""
    if kind == "message/partial":
        found.unread.append("un pedazo de un correo enviado en partes")
    if kind in _SEALED:
        found.unread.append("un mensaje cifrado o firmado que sólo su programa puede abrir")
        return ""
    if kind in _TNEF or (part.get_filename() or "").lower() == "winmail.dat":
        return _tnef(part, found)
    if kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment" and not part.get_filename():
        return _words(part, kind, found)
    _file(part, kind, found)
    return ""


def _words(part: Message, kind: str, found: Collected) -> str:
    if kind != "text/html":
        return texts.of_part(part)
    page, pictures = inline_pictures.taken_out(texts.decoded(texts.payload(part), part.get_content_charset() or ""))
    found.files += [File(name, content) for name, content in pictures]
    return texts.clean(texts.of_html(page))


def _several(part: Message, found: Collected, depth: int) -> str:
    children = [child for child in part.get_payload() if isinstance(child, Message)]
    kind = part.get_content_type()
    if kind == "multipart/encrypted":
        found.unread.append("un mensaje cifrado")
        return ""
    if kind == "multipart/report":
        found.report += children[1:]
        children = children[:1]
    read = [(child.get_content_type(), _text(child, found, depth + 1)) for child in children]
    if kind == "multipart/alternative":
        # The plain one says the same without markup; of several the last that says anything (RFC 2046 5.1.4: richest last).
        plain = [text for child, text in read if child == "text/plain" and text.strip() and not _says_nothing(text)]
        return (plain or [text for _, text in reversed(read) if text.strip()] or [""])[0]
    return "\n".join(text for _, text in read if text)


def _says_nothing(text: str) -> bool:
    return len(text) <= _NO_TEXT_MAX and _NO_TEXT.search(text) is not None


def _file(part: Message, kind: str, found: Collected) -> None:
    if kind.startswith("message/") and part.is_multipart():
        inner = part.get_payload(0)
        content = _bytes_of(inner) if isinstance(inner, Message) else b""
        name = part.get_filename() or "mensaje.eml"
        found.files.append(File(name if name.lower().endswith(".eml") else f"{name}.eml", content))
        return
    content = texts.payload(part)
    if content or part.get_filename():
        found.files.append(File(_name(part, kind, len(found.files) + 1), content))


def _name(part: Message, kind: str, number: int) -> str:
    try:
        given = part.get_filename()
    except (ValueError, LookupError, TypeError, AttributeError):
        given = None
    if given:
        return texts.clean(_decoded(str(given)))[:500]
    main = kind.partition("/")[0]
    return f"{'imagen' if main == 'image' else 'calendario.ics' if kind == 'text/calendar' else 'archivo'}" + (
        "" if kind == "text/calendar" else f"-{number}"
    )


def _decoded(name: str) -> str:
    # Outlook writes RFC 2047 words where RFC 2231 wants another form.
    if "=?" not in name:
        return name
    try:
        return str(make_header(decode_header(name[:1000])))
    except (ValueError, LookupError, AssertionError):
        return name


def _bytes_of(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, KeyError, RecursionError):
        return str(message.get_payload()).encode("utf-8", "replace")


def _tnef(part: Message, found: Collected) -> str:
    found.packages += 1
    try:
        # Outlook makes one of a mail; each takes a process to open.
        if found.packages > 1:
            raise tnef.CannotOpen("more than one")
        opened = tnef.opened(texts.payload(part))
    except tnef.CannotOpen:
        found.unread.append("un archivo winmail.dat de Outlook")
        return ""
    found.files += [File(texts.clean(name) or "archivo", content) for name, content in opened.files]
    return texts.clean(opened.text)
