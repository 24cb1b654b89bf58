"""Account linking: the page that Messenger opens, the code that goes home through Meta, and the bond that it makes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from escalation import account_links, bonds, create_app
from escalation.account_links import LIFETIME
from escalation.errors import LoginFailed
from escalation.messenger_models import AccountLink
from escalation.models import Customer, OutboxRow
from escalation.settings import Settings
from tests.escalation.conftest import NOW, PASSWORD, csrf, service
from wire import linking

CARLA = "carla@panaderialola.com.ar"
BACK = "https://www.facebook.com/messenger_platform/account_linking?account_linking_token=ARQ4"
MONTH = timedelta(days=30)


@pytest.fixture
def server_url() -> None:
    """SQLite alone: a page and its codes; that a code is taken once by one is tried on both in test_hostile."""


def asked(**changed: str) -> dict[str, str]:
    """What our button and Meta put into the address."""
    token = linking.issue("c-1", "conversation")
    return {linking.PARAMETER: token, "account_linking_token": "ARQ4", "redirect_uri": BACK, **changed}


def page(client: FlaskClient, **changed: str) -> TestResponse:
    return client.get(linking.PATH, query_string=asked(**changed))


def log_in(client: FlaskClient, password: str = PASSWORD, **changed: str) -> TestResponse:
    form = page(client)
    opened = re.search(r'name="opened" value="([^"]*)"', form.text).group(1)
    fields = {"csrf_token": csrf(form.text), "opened": opened, "email": CARLA, "password": password, **changed}
    return client.post(linking.PATH, query_string=asked(), data=fields)


def test_who_logs_in_goes_back_to_meta_with_a_code_that_binds_his_conversation(client: FlaskClient, carla: Customer) -> None:
    answer = log_in(client)
    assert answer.status_code == 303 and answer.location.startswith(BACK + "&authorization_code=")
    (code,) = parse_qs(urlsplit(answer.location).query)["authorization_code"]
    path = "/api/v1/conversations/c-1"
    assert client.get(path, headers=service()).json["customer"] is None
    for _ in range(2):  # whoever redeems it may die before he noted that he did
        linked = client.post(f"{path}/link", json={"code": code}, headers=service())
        assert (linked.status_code, linked.json["customer"]["name"]) == (200, "Carla Medina")
    assert client.get(path, headers=service()).json["customer"]["name"] == "Carla Medina"
    client.delete(f"{path}/customer", headers=service())
    assert client.post(f"{path}/link", json={"code": code}, headers=service()).status_code == 401


def test_a_code_is_for_its_conversation_alone(client: FlaskClient, carla: Customer) -> None:
    (code,) = parse_qs(urlsplit(log_in(client).location).query)["authorization_code"]
    refused = client.post("/api/v1/conversations/c-2/link", json={"code": code}, headers=service())
    unknown = client.post("/api/v1/conversations/c-1/link", json={"code": "x"}, headers=service())
    assert refused.status_code == unknown.status_code == 401 and refused.json == unknown.json
    assert client.post("/api/v1/conversations/c-1/link", json={"code": code}, headers=service()).status_code == 200


def test_the_code_is_good_for_five_minutes_and_stored_as_a_hash(session: Session, carla: Customer) -> None:
    code = account_links.issue(session, "c-1", carla, "key", NOW)
    session.commit()
    assert code not in str([vars(row) for row in session.scalars(select(AccountLink))])
    with pytest.raises(LoginFailed):
        account_links.redeem(session, "c-1", code, "key", MONTH, NOW + LIFETIME)
    with pytest.raises(LoginFailed):
        account_links.redeem(session, "c-1", code, "another key", MONTH, NOW)
    assert account_links.redeem(session, "c-1", code, "key", MONTH, NOW + LIFETIME - timedelta(seconds=1)) is carla
    assert bonds.customer_of(session, "c-1", NOW + MONTH) is carla


def test_a_blocked_customer_is_not_linked(session: Session, carla: Customer) -> None:
    code = account_links.issue(session, "c-1", carla, "key", NOW)
    carla.blocked = True
    session.flush()
    with pytest.raises(LoginFailed):
        account_links.redeem(session, "c-1", code, "key", MONTH, NOW)


def test_who_was_linked_hears_of_it_by_mail_once(session: Session, carla: Customer) -> None:
    code = account_links.issue(session, "c-1", carla, "key", NOW)
    for _ in range(2):
        account_links.redeem(session, "c-1", code, "key", MONTH, NOW)
    session.commit()
    (mail,) = session.scalars(select(OutboxRow))
    assert mail.recipient == CARLA and "Messenger" in mail.content["body"]


def test_a_wrong_password_says_nothing_of_which_addresses_exist_and_counts(client: FlaskClient, carla: Customer) -> None:
    wrong, unknown = log_in(client, "otra cosa"), log_in(client, "otra cosa", email="nadie@sudominio.com.ar")
    assert wrong.status_code == unknown.status_code == 401
    assert "no coinciden" in wrong.text and "authorization_code" not in wrong.text
    for _ in range(5):
        log_in(client, "otra cosa")
    assert log_in(client).status_code == 429


@pytest.mark.parametrize(
    "changed",
    [
        {linking.PARAMETER: ""},
        {linking.PARAMETER: "forged"},
        {linking.PARAMETER: linking.issue("c-1", "another secret")},
        {"account_linking_token": ""},
        {"redirect_uri": ""},
        {"redirect_uri": "https://evil.test/messenger_platform/account_linking"},
        {"redirect_uri": "https://www.facebook.com.evil.test/"},
        {"redirect_uri": "https://www.facebook.com@evil.test/"},
        {"redirect_uri": "https://evil.test\\@www.facebook.com/"},
        {"redirect_uri": "https://www.facebook.com:8443/"},
        {"redirect_uri": "http://www.facebook.com/"},
        {"redirect_uri": "//www.facebook.com/"},
        {"redirect_uri": "javascript:alert(1)//www.facebook.com"},
        {"redirect_uri": "https://www.facebook.com/\nx"},
        {"redirect_uri": "https://[www.facebook.com/"},
        {"redirect_uri": "http://127.0.0.1:8000/"},
    ],
)
def test_nobody_is_led_anywhere_but_to_meta_nor_for_a_conversation_that_we_did_not_name(
    client: FlaskClient, changed: dict[str, str]
) -> None:
    answer = page(client, **changed)
    assert answer.status_code == 400 and "<form" not in answer.text and "evil" not in answer.text


def test_another_host_may_stand_in_for_meta_by_setting(settings: Settings) -> None:
    client = create_app(replace(settings, linking_hosts=("127.0.0.1:4000",))).test_client()
    assert page(client, redirect_uri="http://127.0.0.1:4000/back").status_code == 200
    assert page(client, redirect_uri="http://127.0.0.1:4001/back").status_code == 400
    assert page(client).status_code == 400


def test_past_five_minutes_the_page_says_so_and_nobody_is_logged_in(
    client: FlaskClient, carla: Customer, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_links, "LIFETIME", timedelta(seconds=-1))
    answer = log_in(client)
    assert answer.status_code == 400 and "cinco minutos" in answer.text
    assert log_in(client, opened="forged").status_code == 400
    assert session.scalars(select(AccountLink)).all() == []


def test_the_page_may_send_its_form_to_meta_and_to_nobody_else_and_tells_nobody_the_address(client: FlaskClient) -> None:
    answer = page(client)
    policy = answer.headers["Content-Security-Policy"]
    assert "form-action 'self' https://www.facebook.com" in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_form_needs_its_csrf_token(client: FlaskClient, carla: Customer) -> None:
    assert log_in(client, csrf_token="").status_code == 400
