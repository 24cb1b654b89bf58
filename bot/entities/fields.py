"""What a text names, as fields of a report: the same names that the guided report uses."""

from __future__ import annotations

from collections.abc import Iterable

from bot.entities.entity import Entity, Kind

FIELD_OF_KIND = {
    Kind.PROGRAM: "mail_program",
    Kind.FREQUENCY: "frequency",
    Kind.SINCE: "since",
    Kind.SCOPE: "scope",
    Kind.CIRCUMSTANCE: "circumstances",
    Kind.ERROR: "error_message",
}


def fields_of(found: Iterable[Entity], not_his: frozenset[str] = frozenset()) -> dict[str, str]:
    """Fields by name. ``not_his``: domains that say nothing of whose site it is (mail providers, the company's own)."""
    entities = list(found)
    fields: dict[str, str] = {}
    for kind, name in FIELD_OF_KIND.items():
        values = list(dict.fromkeys(entity.value for entity in entities if entity.kind is kind))
        if values:
            fields[name] = ", ".join(values) if kind is Kind.ERROR else values[0]
    sites = [entity.value for kind in (Kind.ADDRESS, Kind.DOMAIN) for entity in entities if entity.kind is kind]
    own = [site for site in dict.fromkeys(sites) if site.rsplit("@", 1)[-1] not in not_his]
    return fields | ({"site": ", ".join(own)} if own else {})
