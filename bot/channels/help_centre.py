"""The help centre's pages: every entry whole, for people and search engines."""

from __future__ import annotations

from dataclasses import dataclass

from markdown_it import MarkdownIt

from bot.faq.corpus import Corpus, Entry

CATEGORY_TITLES = {
    "correo": "Correo electrónico",
    "dominio": "Dominios",
    "ssl": "Certificados SSL",
    "web": "Sitio web",
    "wordpress": "WordPress",
    "php": "PHP y servidor web",
    "ftp": "FTP y SSH",
    "bd": "Bases de datos",
    "panel": "Panel de control",
    "cuenta": "Su cuenta",
    "seguridad": "Seguridad",
    "backup": "Copias de seguridad",
    "pago": "Pagos y facturas",
    "plan": "Planes",
    "hosting": "Contratar y migrar",
    "soporte": "Soporte",
}


def body_html(entry: Entry) -> str:
    """The page's text as HTML. Raw HTML in the Markdown is escaped, links with unsafe schemes are dropped."""
    return str(MarkdownIt("commonmark", {"html": False}).render(entry.body))


@dataclass(frozen=True)
class Category:
    """``name`` is that of the corpus and of the page's address; ``entries`` by title."""

    name: str
    title: str
    entries: tuple[Entry, ...]


def by_category(corpus: Corpus) -> list[Category]:
    """In the order of :data:`CATEGORY_TITLES`; those without an entry left out."""
    groups = []
    for name, title in CATEGORY_TITLES.items():
        entries = sorted((entry for entry in corpus.values() if entry.category == name), key=lambda entry: entry.title)
        if entries:
            groups.append(Category(name, title, tuple(entries)))
    return groups


def related(corpus: Corpus, entry: Entry) -> list[Entry]:
    """The related entries that exist."""
    return [corpus[other] for other in entry.related if other in corpus]
