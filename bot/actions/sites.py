"""Sites and mailboxes of a report beside those that the customer has with us."""

from __future__ import annotations

from collections.abc import Iterable

from bot.entities.addresses import check_site
from bot.entities.edits import distance
from bot.entities.hosts import PROVIDERS

# So many wrong letters, and it may be his own domain; shorter ones are each other's neighbours.
SLIPS = 2
SHORTEST = 8


def domain_of(site: str) -> str:
    """The domain of a site or of a mailbox."""
    return site.rsplit("@", 1)[-1]


def own_first(sites: Iterable[str], domains: Iterable[str]) -> str:
    """Those of the named ``sites`` that are his, or all; without mailbox providers', which say nothing of whose site it is."""
    named = [site for site in dict.fromkeys(sites) if domain_of(site) not in PROVIDERS]
    own = [site for site in named if _is_own(site, domains)]
    return ", ".join(own or named)


def foreign(text: str, domains: Iterable[str]) -> str | None:
    """The sites in an answer that are none of his; None where all are, where it names none, or where his are not known."""
    known = list(domains)
    others = [site for site in _sites(text) if not _is_own(site, known)]
    return ", ".join(others) if known and others else None


def doubted(text: str, domains: Iterable[str]) -> str | None:
    """The likelier spelling of a mistyped site: a known ending or provider, or a domain of his own; None: it may be right."""
    general = check_site(text).suggestion
    if general:
        return general
    sites, known = _sites(text), list(domains)
    mended = [_mended(site, known) for site in sites]
    return ", ".join(mended) if mended != sites else None


def _sites(text: str) -> list[str]:
    return [name for name in check_site(text).value.split(", ") if "." in name and " " not in name]


def _is_own(site: str, domains: Iterable[str]) -> bool:
    name = domain_of(site)
    return any(name == own or name.endswith(f".{own}") for own in domains)


def _mended(site: str, domains: list[str]) -> str:
    name = domain_of(site)
    if _is_own(site, domains) or len(name) < SHORTEST:
        return site
    near = [own for own in domains if abs(len(own) - len(name)) <= SLIPS and distance(name, own) <= SLIPS]
    return site.removesuffix(name) + near[0] if near else site
