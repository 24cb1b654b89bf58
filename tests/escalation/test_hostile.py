"""What somebody of ill will tries at the Área de Clientes and the console: each a way that others were hurt by."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation import account_links, addresses, bonds, codes, create_app, erasure, file_store, recovery
from escalation.errors import DeskError, FileRefused, LoginFailed, NotAllowed, NotFound
from escalation.filetypes import ODT
from escalation.models import Customer, CustomerAddress, Staff, Ticket
from escalation.passwords import matches
from escalation.rate_limits import LOGIN_ENDPOINTS
from escalation.settings import Settings
from escalation.throttle import Origin
from tests.escalation.area import CARLA, enter, link_in, mails, send
from tests.escalation.conftest import AREA_URL, log_in
from tests.escalation.desk_helpers import reported
from tests.pictures import PNG

HOME = Origin("10.0.0.1", "key")
AREA = "/area-clientes/"


def both(engine: Engine, verb: Callable[[Session, str], object]) -> list[str]:
    """The verb twice in the same instant, each in a transaction of its own; how each ended."""
    ends, start = [], threading.Barrier(2)

    def once(name: str) -> None:
        with Session(engine) as own:
            start.wait()
            try:
                verb(own, name)
                own.commit()
                ends.append("done")
            except (DeskError, Exception) as refused:
                own.rollback()
                ends.append(type(refused).__name__)

    threads = [threading.Thread(target=once, args=(name,)) for name in ("uno", "dos")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_one_recovery_link_in_two_hands_at_once_makes_one_password(engine: Engine, session: Session, carla: Customer) -> None:
    now = datetime.now(UTC)
    recovery.send_link(session, CARLA, HOME, AREA_URL, now)
    session.commit()
    token = link_in(mails(session, CARLA)[-1]).rpartition("/")[2]
    ends = both(engine, lambda own, name: recovery.choose_password(own, token, f"una clave larga de {name}", HOME, now))
    assert ends == [NotFound.__name__, "done"]
    session.expire_all()
    assert sum(matches(carla.password_hash, f"una clave larga de {name}") for name in ("uno", "dos")) == 1
    session.rollback()


def test_one_code_in_two_hands_at_once_proves_once(engine: Engine, session: Session, carla: Customer) -> None:
    now = datetime.now(UTC)
    codes.send_code(session, "c-1", CARLA, "session", now)
    session.commit()
    code = mails(session, CARLA)[-1].content["body"].split("\n\n")
    digits = next(word for part in code for word in part.split() if word.strip(".").isdigit() and len(word.strip(".")) == 6)

    def redeem(own: Session, name: str) -> None:
        bonds.bind(own, "c-1", codes.prove_code(own, "c-1", digits.strip("."), "session", now), timedelta(hours=1), now)

    assert both(engine, redeem) == [LoginFailed.__name__, "done"]


def test_one_linking_code_in_two_hands_at_once_binds_once(engine: Engine, session: Session, carla: Customer) -> None:
    now = datetime.now(UTC)
    code = account_links.issue(session, "c-1", carla, "session", now)
    session.commit()
    lifetime = timedelta(days=30)
    ends = both(engine, lambda own, _: account_links.redeem(own, "c-1", code, "session", lifetime, now))
    # The same conversation again is the same bond, for whoever redeems may have died before he noted it.
    assert ends == ["done", "done"]
    assert len([row for row in mails(session, CARLA) if row.key.startswith("linked-")]) == 1
    code = account_links.issue(session, "c-2", carla, "session", now)
    session.commit()
    tried = iter(("c-2", "c-3"))
    ends = both(engine, lambda own, _: account_links.redeem(own, next(tried), code, "session", lifetime, now))
    assert ends == [LoginFailed.__name__, "done"]


def test_one_erasure_pressed_twice_at_once_is_done_once(engine: Engine, session: Session, carla: Customer, agent: Staff) -> None:
    request = erasure.ask(session, carla, [], datetime.now(UTC))
    reported(session, carla)
    ends = both(engine, lambda own, _: erasure.erase(own, request.id, own.get_one(Staff, agent.id), datetime.now(UTC)))
    assert ends == [NotAllowed.__name__, "done"]
    told = [row for row in mails(session) if row.key == f"erased-{request.id}"]
    assert len(told) == 1


def test_one_address_confirmed_twice_at_once_is_registered_once(engine: Engine, session: Session, carla: Customer) -> None:
    now = datetime.now(UTC)
    addresses.ask_to_add(session, carla, "lola@gmail.com", AREA_URL, now)
    session.commit()
    token = link_in(mails(session, "lola@gmail.com")[-1]).rpartition("/")[2]
    ends = both(engine, lambda own, _: addresses.confirm(own, own.get_one(Customer, carla.id), token, now))
    assert ends.count("done") == 1
    assert len(session.scalars(select(CustomerAddress).where(CustomerAddress.address == "lola@gmail.com")).all()) == 1
    session.rollback()


@pytest.mark.parametrize(
    "target", ["/area-clientes/..//evil.test", "/area-clientes/%2e%2e//evil.test", "//evil.test/area-clientes/"]
)
def test_after_the_log_in_every_way_on_is_of_this_host(client: FlaskClient, carla: Customer, target: str) -> None:
    answer = log_in(client, f"{AREA}ingresar?next={target}", CARLA)
    assert answer.status_code == 302 and answer.location.startswith(AREA)
    assert answer.location.partition("?")[0].startswith("/area-clientes/") and not answer.location.startswith("//")


def test_a_name_of_a_file_puts_nothing_into_headers_or_the_page(client: FlaskClient, session: Session, carla: Customer) -> None:
    ticket = reported(session, carla)
    name = 'a"; filename="x.html\r\nSet-Cookie: evil=1\r\n\r\n<script>alert(1)</script>.png'
    page = f"{AREA}tickets/{ticket.number}"
    sent = send(enter(client), page, {"body": "Va.", "file": [(io.BytesIO(PNG), name)]}, content_type="multipart/form-data")
    assert sent.status_code in (302, 422)
    shown = client.get(page).text
    assert "<script>alert" not in shown
    session.expire_all()
    found = session.scalars(select(Ticket)).one()
    for file in found.attachments:
        session.commit()
        answer = client.get(client.get(f"{AREA}adjuntos/{file.id}").location)
        assert "Set-Cookie" not in answer.headers or "evil" not in answer.headers["Set-Cookie"]
        assert answer.headers["Content-Disposition"].startswith("attachment") and answer.mimetype == "image/png"
    session.rollback()


def zipped(**names: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in names.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("macro.odt", zipped(mimetype=ODT.encode(), **{"Basic__Standard__Module1.xml": b"<x/>"})),
        ("macro.odt", zipped(mimetype=ODT.encode(), **{"Scripts__python__x.py": b"import os"})),
        ("foto.svg", b'<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("nota.txt", b'\xef\xbb\xbf  <svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("foto.png", b"GIF89a" + b"<script>alert(1)</script>"),
        ("foto.jpg", b"\xff\xd8\xff<?php system($_GET[0]);"),
        ("foto.png.exe", PNG),
        ("tar.gz", b"\x1f\x8b\x08\x00" + bytes(20)),
    ],
)
def test_what_a_program_would_run_is_not_taken_whatever_it_is_called(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(FileRefused):
        file_store.store(tmp_path, io.BytesIO(content), name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", ["9" * 40, "-1", "1e3", "\x00", str(2**31)])
def test_a_number_that_no_row_can_have_breaks_no_page(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff, number: str
) -> None:
    ticket = reported(session, carla)
    log_in(client, "/consola/ingresar", agent.email)
    page = f"/consola/tickets/{ticket.number}"
    for path, data in (
        (f"{page}/deshacer", {"message": number}),
        (f"{page}/separar", {"message": number, "subject": "x", "version": ticket.version}),
        (f"{page}/unir", {"other": number, "version": number}),
        (page, {"body": "x", "version": number, "status": "open"}),
    ):
        assert send(client, path, data, form=page).status_code < 500, path


def test_pictures_are_shown_small_also_from_a_host_of_the_files_own(session: Session, settings: Settings, carla: Customer) -> None:
    client = create_app(replace(settings, files_url="https://archivos.test")).test_client()
    ticket = reported(session, carla)
    page = f"{AREA}tickets/{ticket.number}"
    send(enter(client), page, {"body": "Va.", "file": [(io.BytesIO(PNG), "a.png")]}, content_type="multipart/form-data")
    answer = client.get(page)
    assert "img-src 'self' https://archivos.test;" in answer.headers["Content-Security-Policy"]
    source = answer.text.split('<img src="')[1].split('"')[0]
    link = client.get(source).location
    assert link.startswith("https://archivos.test/archivos/")
    file = client.get(link.removeprefix("https://archivos.test"))
    assert file.headers["Cross-Origin-Resource-Policy"] == "cross-origin" and "sandbox" in file.headers["Content-Security-Policy"]


def test_the_linking_page_is_counted_as_a_log_in_and_so_is_choosing_a_password() -> None:
    assert {"account_linking.link", "area.choose_password"} <= LOGIN_ENDPOINTS
