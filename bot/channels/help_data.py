"""What search engines read of the help centre: structured data (schema.org) and the sitemap (sitemaps.org, 0.9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from bot.faq.corpus import Corpus, Entry

Crumbs = list[tuple[str, str]]
Data = dict[str, Any]
CONTEXT = "https://schema.org"
SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def breadcrumbs(crumbs: Crumbs) -> Data:
    """``crumbs``: titles and absolute addresses from the start to this page."""
    items = [
        {"@type": "ListItem", "position": place, "name": title, "item": url} for place, (title, url) in enumerate(crumbs, start=1)
    ]
    return {"@context": CONTEXT, "@type": "BreadcrumbList", "itemListElement": items}


def questions(entries: Iterable[Entry]) -> Data:
    """Entries as questions with their short answers, which the page shows too: nothing may stand here alone."""
    return {"@context": CONTEXT, "@type": "FAQPage", "inLanguage": "es-AR", "mainEntity": [_question(one) for one in entries]}


def _question(entry: Entry) -> Data:
    answer = {"@type": "Answer", "text": entry.answer, "dateCreated": entry.updated.isoformat()}
    return {"@type": "Question", "name": entry.title, "acceptedAnswer": answer}


def site_search(home: str) -> Data:
    """How a search engine may search here; ``home``: absolute address of the help centre."""
    target = {"@type": "EntryPoint", "urlTemplate": f"{home}?q={{search_term_string}}"}
    action = {"@type": "SearchAction", "target": target, "query-input": "required name=search_term_string"}
    return {"@context": CONTEXT, "@type": "WebSite", "url": home, "inLanguage": "es-AR", "potentialAction": action}


def sitemap(base: str, categories: Iterable[str], corpus: Corpus) -> str:
    """Every page worth indexing below the address ``base``."""
    root = ElementTree.Element("urlset", xmlns=SITEMAP_NAMESPACE)
    newest = max((entry.updated for entry in corpus.values()), default=None)
    pages = [(f"{base}/ayuda/", newest), *((f"{base}/ayuda/tema/{name}", None) for name in categories)]
    for url, updated in [*pages, *((f"{base}/ayuda/{entry.id}", entry.updated) for entry in corpus.values())]:
        page = ElementTree.SubElement(root, "url")
        ElementTree.SubElement(page, "loc").text = url
        if updated is not None:
            ElementTree.SubElement(page, "lastmod").text = updated.isoformat()
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def robots(base: str) -> str:
    """RFC 9309. What is typed into the search, and what programs call, is no page."""
    closed = ("/ayuda/buscar", "/ayuda/reporte/", "/ayuda/*?", "/widget/", "/webhooks/", "/internal/")
    return "\n".join(["User-agent: *", *(f"Disallow: {path}" for path in closed), "", f"Sitemap: {base}/sitemap.xml", ""])
