"""What a message already tells, and what an answer about the site must be asked back for.

``entities.jsonl``: one message a line with all that it tells. ``held`` rows were not looked at while the first rules were
written; ``drawn`` rows were drawn by chance from ``nlu_data/`` and marked before the rules saw them; ``miss`` says what
the rules are known not to understand. What was measured then stands in the commit that brought this file.
"""

from __future__ import annotations

import ast
import json
import sys
import time
from itertools import pairwise
from pathlib import Path

import idna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.entities.addresses import SiteCheck, check_site
from bot.entities.edits import distance
from bot.entities.entity import fold
from bot.entities.extraction import MAX_LENGTH, Kind, extract

ROWS = [json.loads(line) for line in Path(__file__).with_name("entities.jsonl").read_text(encoding="utf-8").splitlines()]
PACKAGE = Path(__file__).parents[2] / "bot/entities"
SECONDS = 2.0

# Pieces of the patterns themselves: whatever could make them try again and again.
HOSTILE = [
    "a",
    "a.",
    "a-",
    "@",
    "a@",
    "x@x.",
    " ",
    "\t\n",
    '"',
    'dice "',
    'dice "550 5.7.1" ',
    "'a ",
    "500 ",
    "error ",
    "error el la un ",
    "siempre ",
    "solo me nos le ",
    "desde que ",
    "desde que a b c d e f ",
    "hace ya como mas de ",
    "todas las ",
    "tres de las cuentas de ",
    "no puedo enviar recibo pero ",
    "con un los archivo ",
    "cuando a b c ",
    "err_",
    "pr_a",
    "http://",
    "www.",
    "allowed memory size of 1",
    "0x8",
    "fatal error: ",
    ".,;:",
    "İßﬀ\u0301\U0001f600",
    "\x00",
    "tunderbord ",
    "550 5.7.1 ",
    "una ",
    "quiero tengo ",
    "xn--",
    "xn--a.com.ar ",
    "1.",
    "a.com ",
    "a@b.com ",
    "dejo de a b c d ",
    "ayer, me nos se la ",
    " @ ",
    "ñ.",
    "a com ar ",
    "arroba ",
    ", ",
]


def told(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entity in extract(text):
        found.setdefault(str(entity.kind), []).append(entity.value)
    return found


def values(text: str, kind: Kind) -> list[str]:
    return told(text).get(str(kind), [])


def row(number: int, data: dict[str, object]) -> object:
    marks = [pytest.mark.xfail(reason=str(data["miss"]), strict=True)] if "miss" in data else []
    return pytest.param(data["text"], data["expect"], id=str(number), marks=marks)


@pytest.mark.parametrize(("text", "expected"), [row(number, data) for number, data in enumerate(ROWS, 1)])
def test_a_message_tells_this_and_nothing_else(text: str, expected: dict[str, list[str]]) -> None:
    assert {kind: sorted(found) for kind, found in told(text).items()} == {kind: sorted(all_) for kind, all_ in expected.items()}


def test_there_are_messages_enough_of_every_sort() -> None:
    assert len([data for data in ROWS if data["expect"]]) >= 150
    assert len([data for data in ROWS if not data["expect"]]) >= 40
    assert len([data for data in ROWS if data.get("held")]) == 60
    assert {kind for data in ROWS for kind in data["expect"]} == set(Kind)
    assert len({data["text"] for data in ROWS}) == len(ROWS)


@pytest.mark.parametrize("text", [data["text"] for data in ROWS if data["expect"]][::7])
def test_what_is_found_stands_in_the_message_in_order_and_apart(text: str) -> None:
    found = extract(text)
    assert all(text[entity.start : entity.end] == entity.text for entity in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


def test_an_address_is_not_also_a_domain_nor_a_domain_a_program() -> None:
    assert told("ventas@micasa.com.ar") == {"address": ["ventas@micasa.com.ar"]}
    assert told("webmail.micasa.com.ar no abre") == {"domain": ["webmail.micasa.com.ar"]}


def test_what_is_said_twice_is_told_once() -> None:
    assert told("micasa.com.ar, si, www.micasa.com.ar") == {"domain": ["micasa.com.ar"]}


def test_hosts_of_others_are_not_the_customers_site() -> None:
    assert told("puse smtp.gmail.com y mire en mxtoolbox.com y en nic.ar") == {}
    assert told("les escribi a soporte@csiserver.com") == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("error 500", "HTTP 500"),
        ("500 internal server error", "HTTP 500"),
        ("550   5.7.1", "550 5.7.1"),
        ("me sale ox800ccc0e", "0x800CCC0E"),
        ("net::err_cert_date_invalid", "NET::ERR_CERT_DATE_INVALID"),
        ("error smtp 503", "503"),
        ("modsecurity", "mod_security"),
        ("error 465", "465"),
        ('me sale "No hay conexión con mail.micasa.com.ar por ahora"', "No hay conexión con mail.micasa.com.ar por ahora"),
    ],
)
def test_errors_have_one_way_to_be_written(text: str, value: str) -> None:
    assert values(text, Kind.ERROR) == [value]


def test_a_site_inside_a_quoted_error_is_told_too() -> None:
    assert values('me sale "No hay conexión con mail.micasa.com.ar por ahora"', Kind.DOMAIN) == ["mail.micasa.com.ar"]


@pytest.mark.parametrize("text", ["550 pesos", "me sale 550 por mes", "500 mails", "en 2023", "puerto 465", "el plan me sale 500"])
def test_numbers_that_are_no_errors(text: str) -> None:
    assert values(text, Kind.ERROR) == []


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_hostile_messages_cost_no_more_than_long_ones(piece: str) -> None:
    text = (piece * MAX_LENGTH)[:MAX_LENGTH]
    start = time.perf_counter()
    extract(text)
    check_site(text)
    assert time.perf_counter() - start < SECONDS


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(HOSTILE), max_size=40).map("".join)))
def test_no_text_is_too_strange(text: str) -> None:
    found = extract(text)
    assert all(text[entity.start : entity.end] == entity.text and entity.value for entity in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    check_site(text)


@given(st.text(max_size=50))
def test_the_folded_text_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("https://www.Ñandú.com.ar/x", "ñandú.com.ar"),
        ("tienda.micasa.com.ar:2083/login", "tienda.micasa.com.ar"),
        ("xn--muecasdetrapo-jkb.com.ar", "muñecasdetrapo.com.ar"),
        ("<Ventas@MiCasa.com.ar>.", "ventas@micasa.com.ar"),
        ("el sitio micasa.com.ar y la casilla ventas@micasa.com.ar", "micasa.com.ar, ventas@micasa.com.ar"),
        ("todas las de @micasa.com.ar", "micasa.com.ar"),
        ("micasa.ar", "micasa.ar"),
        ("todas  las cuentas", "todas las cuentas"),
        ("el de ventas", "el de ventas"),
        ("no se", "no se"),
        ("200.45.12.9", "200.45.12.9"),
    ],
)
def test_an_answer_without_a_fault_is_taken(answer: str, value: str) -> None:
    assert check_site(answer) == SiteCheck(value)


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("juan@gmial.com", "juan@gmail.com"),
        ("juan@gmail.co", "juan@gmail.com"),
        ("juan@gmail.com.ar", "juan@gmail.com"),
        ("gmal.com.ar", "gmail.com"),
        ("juan@hotmial.com", "juan@hotmail.com"),
        ("juan@jotmail.com", "juan@hotmail.com"),
        ("juan@yaho.com.ar", "juan@yahoo.com.ar"),
        ("juan@outlok.com", "juan@outlook.com"),
        ("micasa.con", "micasa.com"),
        ("micasa.con.ar", "micasa.com.ar"),
        ("micasa.comar", "micasa.com.ar"),
        ("micasa.com,ar", "micasa.com.ar"),
        ("micasa,com.ar", "micasa.com.ar"),
        ("micasa . com . ar", "micasa.com.ar"),
        ("micasa com ar", "micasa.com.ar"),
        ("micasa punto com punto ar", "micasa.com.ar"),
        ("micasa.com.ra", "micasa.com.ar"),
        ("micasa.com.a", "micasa.com.ar"),
        ("micasa..com.ar", "micasa.com.ar"),
        ("micasacomar", "micasa.com.ar"),
        ("micasacom.ar", "micasa.com.ar"),
        ("ventas@micasacomar", "ventas@micasa.com.ar"),
        ("ventas@ micasa.com.ar", "ventas@micasa.com.ar"),
        ("ventas @micasa.com.ar", "ventas@micasa.com.ar"),
        ("ventas arroba micasa.com.ar", "ventas@micasa.com.ar"),
        ("ventas@@micasa.com.ar", "ventas@micasa.com.ar"),
        ("wwwmicasa.com.ar", "micasa.com.ar"),
        ("muñoz@micasa.com.ar", "munoz@micasa.com.ar"),
        ("micasa.com.ar y otra.con.ar", "micasa.com.ar, otra.com.ar"),
    ],
)
def test_a_probable_typo_is_asked_back_once(answer: str, meant: str) -> None:
    assert check_site(answer).suggestion == meant
    assert check_site(meant) == SiteCheck(meant)


@pytest.mark.parametrize(
    "answer",
    [
        "hotmart.com",
        "mail.com",
        "ymail.com",
        "email.com",
        "cloud.com",
        "telecom.ar",
        "intercom.ar",
        "micasa.com.br",
        "micasa.com.mx",
        "micasa.co",
        "blog.pizza.ar",
        "juan@live.com.ar",
        "juan@yahoo.com.mx",
        "juan@hotmail.es",
        "micasa.gov.ar",
        "mutual.mutual.ar",
        "micasa.tienda",
        "netflix.com",
        "garnet.com.ar",
    ],
)
def test_what_may_well_be_right_is_not_doubted(answer: str) -> None:
    assert check_site(answer) == SiteCheck(answer)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("www.micasa", "not_a_domain"),
        ("micasa.c", "not_a_domain"),
        ("-micasa.com.ar", "not_a_domain"),
        ("mi_casa.com.ar", "not_a_domain"),
        ("ventas@", "not_an_address"),
        ("ventas@micasa", "not_an_address"),
        (".ventas.@micasa.com.ar", "bad_local_part"),
        ("☃.com.ar", "bad_idn"),
        ("xn--zzzzzz.com.ar", "bad_idn"),
        (f"{'a' * 64}.com.ar", "label_too_long"),
        (f"{'ñ' * 63}.com.ar", "label_too_long"),
        (f"{'abcdefghij.' * 25}com.ar", "domain_too_long"),
        (f"{'x' * 65}@micasa.com.ar", "local_part_too_long"),
    ],
)
def test_what_cannot_exist_is_named(answer: str, problem: str) -> None:
    assert check_site(answer).problem == problem


def test_the_limits_themselves_are_allowed() -> None:
    assert check_site(f"{'a' * 63}.com.ar").problem is None
    assert check_site(f"{'x' * 64}@micasa.com.ar").problem is None
    longest = f"{'a' * 61}.{'b' * 61}.{'c' * 61}.{'d' * 60}.com.ar"
    assert len(longest) == 253
    assert check_site(longest).problem is None
    assert check_site(f"e{longest}").problem == "domain_too_long"


@given(st.text(alphabet="abcñáü-", min_size=1, max_size=20))
def test_an_idn_is_good_where_the_standard_says_so(label: str) -> None:
    try:
        idna.encode(f"{label}.com.ar", uts46=True)
    except idna.IDNAError:
        assert check_site(f"{label}.com.ar").problem
    else:
        assert check_site(f"{label}.com.ar").problem is None


def test_neighbours_exchanged_are_one_slip() -> None:
    assert [distance("gmail", other) for other in ("gmail", "gmial", "gmal", "gmaill", "hotmail", "")] == [0, 1, 1, 1, 3, 5]


def test_the_package_needs_the_standard_library_and_idna_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"idna", "bot"}
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert all(name.split(".")[0] in allowed for name in names), path
            assert all(name.startswith("bot.entities") for name in names if name.startswith("bot")), path
