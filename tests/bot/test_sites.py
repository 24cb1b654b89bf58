"""The sites of a report beside those that the customer has."""

from __future__ import annotations

import pytest

from bot.actions.sites import doubted, foreign, own_first

HIS = ["corralonelpino.com.ar", "ñandúviajes.com.ar"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("corralonelpino.com.ar", None),
        ("ventas@corralonelpino.com.ar", None),
        ("tienda.corralonelpino.com.ar", None),
        ("https://www.xn--andviajes-k6a6h.com.ar/inicio", None),
        ("todas las cuentas", None),
        ("elpinomaderas.com", "elpinomaderas.com"),
        ("corralonelpino.com.ar y elpinomaderas.com", "elpinomaderas.com"),
        ("marta@gmail.com", "marta@gmail.com"),
    ],
)
def test_a_site_of_somebody_else_is_noticed(text: str, expected: str | None) -> None:
    assert foreign(text, HIS) == expected


def test_where_his_services_are_not_known_nothing_is_foreign() -> None:
    assert foreign("elpinomaderas.com", []) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("corralonelpin.com.ar", "corralonelpino.com.ar"),
        ("ventas@corralonelpnio.com.ar", "ventas@corralonelpino.com.ar"),
        ("marta@gmial.com", "marta@gmail.com"),
        ("nanduviajes.com.ar", "ñandúviajes.com.ar"),
        ("corralonelpino.com.ar", None),
        ("tienda.corralonelpino.com.ar", None),
        ("elpinomaderas.com", None),
        ("todas", None),
    ],
)
def test_a_likely_typo_is_asked_back_his_own_domains_included(text: str, expected: str | None) -> None:
    assert doubted(text, HIS) == expected


def test_of_several_sites_his_own_are_meant_and_providers_are_never() -> None:
    assert own_first(["otro.com.ar", "info@corralonelpino.com.ar"], HIS) == "info@corralonelpino.com.ar"
    assert own_first(["juan@gmail.com"], HIS) == ""
    assert own_first(["otro.com.ar", "mas.com"], HIS) == "otro.com.ar, mas.com"
