"""Cookies, limits, log-in: what a stranger can try, and that it leads nowhere."""

from __future__ import annotations

import re
from dataclasses import replace

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation import create_app, customers, passwords, rate_limits, throttle
from escalation.errors import LoginFailed, TooManyAttempts
from escalation.models import Customer, LoginSession, Staff
from escalation.settings import Settings
from escalation.throttle import MAX_PER_ACCOUNT_AND_ORIGIN, MAX_PER_ORIGIN, Origin
from tests.escalation.conftest import NOW, PASSWORD, conversation, csrf, log_in, service
from tools.stack import ROOT

LOGIN = "/area-clientes/ingresar"
CARLA = "carla@panaderialola.com.ar"


@pytest.fixture
def server_url() -> None:
    """SQLite alone: what is tried here does not depend on the database."""


@pytest.fixture
def over_tls(settings: Settings, engine: Engine) -> FlaskClient:
    return create_app(replace(settings, public_url="https://desk.test")).test_client()


def log_in_over_tls(client: FlaskClient, path: str, email: str):  # type: ignore[no-untyped-def]
    form = client.get(path, base_url="https://desk.test")
    data = {"csrf_token": csrf(form.text), "email": email, "password": PASSWORD}
    return client.post(path, base_url="https://desk.test", data=data, headers={"Referer": f"https://desk.test{path}"})


def test_over_tls_no_cookie_can_come_from_or_go_to_anybody_else(over_tls: FlaskClient, carla: Customer) -> None:
    form = over_tls.get(LOGIN, base_url="https://desk.test")
    answer = log_in_over_tls(over_tls, LOGIN, CARLA)
    assert answer.status_code == 302
    cookies = form.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
    alive = [cookie for cookie in cookies if "Max-Age=0" not in cookie]
    assert {cookie.split("=")[0] for cookie in alive} == {"__Host-session", "__Host-area_session", "__Host-known_device"}
    for cookie in alive:
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts and not any(part.startswith("Domain") for part in parts)
    assert over_tls.get("/area-clientes/", base_url="https://desk.test").status_code == 200
    assert over_tls.get("/area-clientes/", base_url="https://desk.test").headers["Strict-Transport-Security"]


def test_a_customers_session_is_no_staff_session_although_the_cookies_paths_are_one(over_tls: FlaskClient, carla: Customer) -> None:
    log_in_over_tls(over_tls, LOGIN, CARLA)
    token = over_tls.get_cookie("__Host-area_session", domain="desk.test")
    over_tls.set_cookie("__Host-console_session", token.value, domain="desk.test", secure=True)
    assert over_tls.get("/consola/", base_url="https://desk.test").status_code == 302


def test_a_form_of_another_site_is_refused_over_tls(over_tls: FlaskClient, carla: Customer) -> None:
    form = over_tls.get(LOGIN, base_url="https://desk.test")
    data = {"csrf_token": csrf(form.text), "email": CARLA, "password": PASSWORD}
    for headers in ({}, {"Referer": "https://evil.test/"}):
        assert over_tls.post(LOGIN, base_url="https://desk.test", data=data, headers=headers).status_code == 400


def test_a_log_in_makes_a_new_session_and_ends_the_one_that_was_there(
    client: FlaskClient, session: Session, carla: Customer, bruno: Customer
) -> None:
    log_in(client, LOGIN, "bruno@estudioruiz.com")
    planted = client.get_cookie("area_session", path="/area-clientes/").value
    log_in(client, LOGIN, CARLA)
    fresh = client.get_cookie("area_session", path="/area-clientes/").value
    assert fresh != planted
    assert [row.owner_id for row in session.scalars(select(LoginSession))] == [carla.id]
    client.set_cookie("area_session", planted, path="/area-clientes/")
    assert client.get("/area-clientes/").status_code == 302


def test_a_token_that_we_did_not_issue_is_never_taken_over(client: FlaskClient, carla: Customer) -> None:
    client.set_cookie("area_session", "elegido-por-otro", path="/area-clientes/")
    log_in(client, LOGIN, CARLA)
    assert client.get_cookie("area_session", path="/area-clientes/").value != "elegido-por-otro"


def test_whoever_guesses_behind_the_same_address_cannot_shut_out_a_known_browser(app: Flask, carla: Customer) -> None:
    owner, guesser = app.test_client(), app.test_client()
    log_in(owner, LOGIN, CARLA)
    for _ in range(MAX_PER_ACCOUNT_AND_ORIGIN):
        assert log_in(guesser, LOGIN, CARLA, "adivino").status_code == 401
    assert log_in(guesser, LOGIN, CARLA).status_code == 429
    assert log_in(app.test_client(), LOGIN, CARLA).status_code == 429
    assert log_in(owner, LOGIN, CARLA).status_code == 302


def test_a_known_browser_may_not_guess_without_end_and_is_known_for_its_own_account_alone(
    client: FlaskClient, carla: Customer, bruno: Customer
) -> None:
    log_in(client, LOGIN, CARLA)
    for _ in range(MAX_PER_ACCOUNT_AND_ORIGIN):
        assert log_in(client, LOGIN, CARLA, "adivino").status_code == 401
    assert log_in(client, LOGIN, CARLA).status_code == 429
    for _ in range(MAX_PER_ACCOUNT_AND_ORIGIN):
        log_in(client, LOGIN, "bruno@estudioruiz.com", "adivino")
    answer = log_in(client, LOGIN, "bruno@estudioruiz.com")
    assert answer.status_code == 429 and 890 < int(answer.headers["Retry-After"]) <= 900


@pytest.mark.parametrize("mark", ["", "x", "WyJhIiwiYiJd.x.y", "ñ"])
def test_a_forged_mark_of_a_known_browser_counts_for_nothing(client: FlaskClient, carla: Customer, mark: str) -> None:
    client.set_cookie("known_device", mark)
    assert log_in(client, LOGIN, CARLA).status_code == 302


def test_another_spelling_of_the_address_gives_no_further_guesses(session: Session, carla: Customer) -> None:
    here = Origin("190.1.1.1", "key")
    spellings = [CARLA.upper(), f" {CARLA}", CARLA.replace("panaderialola", "ｐanaderialola"), CARLA.replace(".com", "。com")]
    for email in (CARLA, *spellings):
        with pytest.raises(LoginFailed):
            customers.prove_customer(session, email, "adivino", here, NOW)
    for email in (CARLA, *spellings):
        with pytest.raises(TooManyAttempts):
            customers.prove_customer(session, email, PASSWORD, here, NOW)


def test_guesses_at_many_accounts_from_one_address_are_slowed_down_and_others_are_not(session: Session, carla: Customer) -> None:
    here, there = Origin("190.1.1.1", "key"), Origin("190.2.2.2", "key")
    for number in range(MAX_PER_ORIGIN):
        throttle.record_failure(session, f"c{number}@x.com.ar", here, NOW)
    with pytest.raises(TooManyAttempts):
        customers.prove_customer(session, CARLA, PASSWORD, here, NOW)
    assert customers.prove_customer(session, CARLA, PASSWORD, there, NOW) is carla


def test_a_hash_of_weaker_times_is_made_anew_at_the_next_log_in(client: FlaskClient, session: Session, carla: Customer) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    carla.password_hash = weak
    session.commit()
    log_in(client, LOGIN, CARLA, "otra clave larga")
    session.expire_all()
    assert carla.password_hash == weak
    session.rollback()
    log_in(client, LOGIN, CARLA)
    session.expire_all()
    assert carla.password_hash != weak and not passwords.needs_rehash(carla.password_hash)
    session.rollback()
    assert log_in(client, LOGIN, CARLA).status_code == 302


def test_known_unknown_and_blocked_accounts_cost_one_hash_each(
    session: Session, carla: Customer, bruno: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bruno.blocked = True
    session.commit()
    hashed: list[str] = []
    real = passwords._hasher.verify

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            hashed.append(stored.split("$")[3])
            return real(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    for email in (CARLA, "nadie@x.com.ar", "bruno@estudioruiz.com", "no es un mail"):
        with pytest.raises(LoginFailed):
            customers.prove_customer(session, email, "adivino", Origin("190.1.1.1", "key"), NOW)
    assert len(hashed) == 4 and len(set(hashed)) == 1


def limited(monkeypatch: pytest.MonkeyPatch, settings: Settings, **limits: object) -> FlaskClient:
    for name, limit in limits.items():
        monkeypatch.setattr(rate_limits, name, limit)
    return create_app(settings).test_client()


def test_too_many_requests_from_one_address_wait_and_those_from_others_do_not(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, engine: Engine
) -> None:
    client = limited(monkeypatch, replace(settings, trusted_proxies=1), PER_ADDRESS="3 per minute")

    def ask(path: str, sender: str):  # type: ignore[no-untyped-def]
        return client.get(path, headers={"X-Forwarded-For": f"6.6.6.6, {sender}"})

    assert [ask(LOGIN, "190.1.1.1").status_code for _ in range(4)] == [200, 200, 200, 429]
    page, told = ask(LOGIN, "190.1.1.1"), ask("/api/v1/openapi.json", "190.1.1.1")
    assert "Espere un minuto" in page.text and 0 < int(page.headers["Retry-After"]) <= 60
    assert (told.status_code, told.mimetype) == (429, "application/problem+json") and int(told.headers["Retry-After"]) > 0
    assert ask(LOGIN, "190.2.2.2").status_code == 200
    assert ask(LOGIN, "2800:810:1:2::1").status_code == 200
    assert client.get("/static/desk.css", headers={"X-Forwarded-For": "190.1.1.1"}).status_code == 200
    assert client.get("/health", headers={"X-Forwarded-For": "190.1.1.1"}).status_code == 503


def test_the_bot_and_the_front_are_not_counted_and_a_wrong_credential_is(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, engine: Engine
) -> None:
    client = limited(monkeypatch, settings, PER_ADDRESS="2 per minute")
    for _ in range(5):
        assert client.get("/api/v1/conversations/c-1", headers=service()).status_code == 200
    wrong = [client.get("/api/v1/conversations/c-1", headers={"Authorization": "Bearer no"}).status_code for _ in range(3)]
    assert wrong == [401, 401, 429]


def test_log_ins_are_counted_apart_also_those_of_the_widget(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, engine: Engine, carla: Customer
) -> None:
    client = limited(monkeypatch, settings, LOGINS_PER_ADDRESS="2 per minute")
    body = {"email": CARLA, "password": PASSWORD}
    statuses = [client.post("/api/v1/conversation-login", json=body, headers=conversation("c-1")).status_code for _ in range(3)]
    assert statuses == [204, 204, 429]
    assert log_in(client, LOGIN, CARLA).status_code == 429
    assert client.get(LOGIN).status_code == 200
    answer = client.post("/api/v1/conversation-login", json=body, headers={**conversation("c-1"), "Origin": "http://front.test"})
    assert answer.headers["Access-Control-Allow-Origin"] == "http://front.test"


def test_one_account_has_its_limit_wherever_it_comes_from(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, engine: Engine, carla: Customer, bruno: Customer
) -> None:
    client = limited(monkeypatch, replace(settings, trusted_proxies=1), PER_ACCOUNT=rate_limits.parse("3 per minute"))
    log_in(client, LOGIN, CARLA)
    path, senders = "/area-clientes/", [f"190.1.1.{number}" for number in range(4)]
    statuses = [client.get(path, headers={"X-Forwarded-For": sender}).status_code for sender in senders]
    assert statuses == [200, 200, 200, 429]
    assert int(client.get(path).headers["Retry-After"]) > 0
    other = client.application.test_client()
    log_in(other, LOGIN, "bruno@estudioruiz.com")
    assert other.get(path).status_code == 200


def test_a_storage_that_is_away_neither_stops_the_desk_nor_opens_the_gates(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, engine: Engine, carla: Customer
) -> None:
    away = replace(settings, rate_limit_storage_url="redis://127.0.0.1:1/0")
    client = limited(monkeypatch, away, PER_ADDRESS="3 per minute")
    assert log_in(client, LOGIN, CARLA).status_code == 302
    assert client.get("/area-clientes/").status_code == 200
    assert client.get("/area-clientes/").status_code == 429


def test_pages_carry_what_keeps_browsers_from_loading_framing_and_keeping(client: FlaskClient) -> None:
    headers = client.get(LOGIN).headers
    assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin" and headers["Cache-Control"] == "no-store"
    assert "object-src 'none'" in headers["Content-Security-Policy"] and "Strict-Transport-Security" not in headers


TEMPLATES = sorted((ROOT / "escalation/templates").rglob("*.html")) + sorted((ROOT / "bot/channels/templates").rglob("*.html"))
# A block of data is not run: no directive speaks of it (HTML, 4.12.1).
INLINE = re.compile(
    r"""<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<script(?![^>]*\ssrc=)(?! type="application/ld\+json">)""", re.IGNORECASE
)
# It stands alone on somebody else's server, where no header of ours is and nothing else of ours may be reached.
STANDS_ALONE = "fallback.html"
ELSEWHERE = re.compile(
    r"""<(?:script|link|img|iframe|source|video|audio|object|embed)\b[^>]*\b(?:src|href|data)\s*=\s*["']?(?:https?:)?//"""
)
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_has_script_or_style_inline_or_loads_anything_of_others(template) -> None:  # type: ignore[no-untyped-def]
    text = template.read_text(encoding="utf-8")
    if template.name == STANDS_ALONE:
        text = text.replace("<style>", "", 1)
    assert INLINE.findall(text) == [] and ELSEWHERE.findall(text) == []


@pytest.mark.parametrize("template", sorted((ROOT / "escalation/templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_page_switches_escaping_off_and_every_form_has_its_token(template) -> None:  # type: ignore[no-untyped-def]
    text = template.read_text(encoding="utf-8")
    assert UNESCAPED.findall(text) == []
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL | re.IGNORECASE):
        assert "csrf_token()" in form or re.search(r"\{\{ (token|csrf)(\(\))? \}\}", form)


def test_what_templates_call_a_token_is_the_forms_token() -> None:
    texts = [file.read_text(encoding="utf-8") for file in TEMPLATES]
    made = [text for text in texts if re.search(r"(macro|set) (token|csrf)\b", text)]
    assert len(made) == 3
    assert all(re.search(r"(macro|set) (token|csrf)(\(\))? %\}<input[^>]*\{\{ csrf_token\(\) \}\}", text) for text in made)


def test_staff_that_were_deactivated_cannot_log_in(client: FlaskClient, session: Session, agent: Staff) -> None:
    agent.active = False
    session.commit()
    assert log_in(client, "/consola/ingresar", agent.email).status_code == 401
