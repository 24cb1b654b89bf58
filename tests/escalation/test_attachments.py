"""Customers' files: what is taken, where it lies, whose it is, and how it comes out again."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import attachments, bonds, file_store, tickets
from escalation.attachments import TOGETHER_MAX, WAITING_MAX
from escalation.chat_models import Attachment
from escalation.errors import FileRefused, FileTooLarge, NotFound
from escalation.file_store import FILE_MAX, NAME_MAX, StoredFile, safe_name
from escalation.filetypes import ODT, checked
from escalation.models import Customer, Staff, new_id
from escalation.pages import file_size
from tests.escalation.conftest import AREA_URL, NOW, conversation, csrf, log_in, service
from tests.escalation.test_tickets import MAIL_REPORT, opened
from tests.pictures import PNG

PATH = "/api/v1/conversations/c-1/attachments"


@pytest.fixture
def server_url() -> None:
    """SQLite alone: files lie on the disk whatever the database; the rows' race is a unique key's."""


def archive(*names: str, mimetype: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        if mimetype:
            target.writestr("mimetype", mimetype)
        for name in names:
            target.writestr(name, "x")
    return made.getvalue()


WORD = ("[Content_Types].xml", "word/document.xml")
SHEET = ("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("pantalla.PNG", PNG, "image/png"),
        ("foto.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.gif", b"GIF89a...", "image/gif"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("IMG_1.HEIC", b"\x00\x00\x00\x18ftypheic\x00", "image/heic"),
        ("video.mp4", b"\x00\x00\x00\x18ftypisom\x00", "video/mp4"),
        ("audio-1.mp4", b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        ("audio-2.mp3", b"\xff\xfb\x90\x64", "audio/mpeg"),
        ("nota de voz.ogg", b"OggS\x00\x02", "audio/ogg"),
        ("mensaje.opus", b"OggS\x00\x02", "audio/ogg"),
        ("audioclip.mp4", b"\x00\x00\x00\x20ftypM4A \x00", "audio/mp4"),
        ("grabacion.m4a", b"\x00\x00\x00\x20ftypM4A \x00", "audio/mp4"),
        ("cancion.mp3", b"ID3\x04\x00", "audio/mpeg"),
        ("viejo.mp3", b"\xff\xfb\x90\x00", "audio/mpeg"),
        ("nota.wav", b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        ("nota.aac", b"\xff\xf1\x50", "audio/aac"),
        ("nota.amr", b"#!AMR\n", "audio/amr"),
        ("factura.pdf", b"%PDF-1.7\n\x00", "application/pdf"),
        ("rebote.eml", "From: a@b.co\n\n<html>Adiós</html>".encode(), "message/rfc822"),
        ("error.log", b"552 5.3.4 Message size exceeds", "text/plain"),
        ("cuentas.csv", "usuario;tamaño\n".encode("latin-1"), "text/csv"),
        ("nota.docx", archive(*WORD), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("lista.xlsx", archive(*SHEET), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("nota.odt", archive("content.xml", mimetype=ODT), ODT),
        ("todo.zip", archive("a.txt"), "application/zip"),
    ],
)
def test_what_helps_soporte_is_taken_by_its_content(name: str, content: bytes, media_type: str) -> None:
    assert checked(io.BytesIO(content), name) == (name, media_type)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("vacio.txt", b"", "empty"),
        ("virus.exe", b"MZ\x90\x00\x03", "type"),
        ("virus.png", b"MZ\x90\x00\x03", "type"),
        ("programa.txt", b"\x7fELF\x02\x01\x01\x00", "type"),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type"),
        ("logo.txt", b"\xef\xbb\xbf <?xml version='1.0'?><SVG onload='x'>", "type"),
        ("pagina.html", b"<!DOCTYPE html><p>", "type"),
        ("pagina.txt", b"\n<html><script>", "type"),
        ("guion.txt", b"#!/bin/sh\nrm", "type"),
        ("foto.png", b"\xff\xd8\xff\xe0", "type"),
        ("foto.jpg", PNG, "type"),
        ("texto.pdf", b"hola", "type"),
        ("nulos.txt", b"ho\x00la", "type"),
        ("controles.log", b"\xe1\x01\x02", "type"),
        ("nota.docx", archive("a.txt"), "type"),
        ("nota.zip", archive(*WORD), "type"),
        ("macros.docx", archive(*WORD, "word/vbaProject.bin"), "type"),
        ("otra.odt", archive("content.xml", mimetype="application/epub+zip"), "type"),
        ("programa.jar", archive("META-INF/MANIFEST.MF"), "type"),
        ("roto.zip", b"PK\x03\x04 roto", "type"),
    ],
)
def test_what_a_system_would_run_or_what_lies_about_itself_is_refused(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        checked(io.BytesIO(content), name)
    assert refused.value.fields == {"file": reason}


def test_a_name_without_extension_gets_the_one_of_its_content() -> None:
    assert checked(io.BytesIO(PNG), "captura") == ("captura.png", "image/png")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\fotos\\pantalla.png", "pantalla.png"),
        ("fa\u202etxt.exe\n.png", "fatxt.exe.png"),
        ("", "archivo"),
        ("..", "archivo"),
        (".htaccess", "htaccess"),
        ("n\u0303andu\u0301.png", "ñandú.png"),
    ],
)
def test_a_name_is_only_a_name(given: str, shown: str) -> None:
    assert safe_name(given) == shown


def test_a_very_long_name_keeps_its_extension() -> None:
    name, _ = checked(io.BytesIO(PNG), safe_name("x" * 500 + ".png"))
    assert len(name) <= NAME_MAX and name.endswith(".png")


def test_a_file_lies_under_its_id_for_its_owner_alone(tmp_path: Path) -> None:
    stored = file_store.store(tmp_path / "files", io.BytesIO(PNG), "../pantalla.png")
    (file,) = (tmp_path / "files").iterdir()
    assert file.name == stored.path and "pantalla" not in stored.path
    assert file.read_bytes() == PNG and stored.size == len(PNG)
    assert file.stat().st_mode & 0o077 == 0


def test_a_file_that_is_too_large_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge):
        file_store.store(tmp_path, io.BytesIO(PNG + b"\x00" * FILE_MAX), "a.png")
    assert list(tmp_path.iterdir()) == []


def stored(name: str = "a.png", size: int = 100, sha256: str = "") -> StoredFile:
    return StoredFile(path=new_id(), name=name, media_type="image/png", size=size, sha256=sha256 or new_id())


def test_ten_files_wait_in_a_conversation_and_not_eleven(session: Session) -> None:
    for _ in range(WAITING_MAX):
        attachments.add(session, stored(), "c-1", None, NOW)
    with pytest.raises(FileRefused) as refused:
        attachments.add(session, stored(), "c-1", None, NOW)
    assert refused.value.fields == {"file": "count"}
    attachments.add(session, stored(), "c-2", None, NOW)


def test_forty_megabytes_wait_in_a_conversation_and_not_more(session: Session) -> None:
    for _ in range(TOGETHER_MAX // FILE_MAX):
        attachments.add(session, stored(size=FILE_MAX), "c-1", None, NOW)
    with pytest.raises(FileRefused) as refused:
        attachments.add(session, stored(size=1), "c-1", None, NOW)
    assert refused.value.fields == {"file": "together"}


def test_a_repeated_upload_is_one_file(session: Session) -> None:
    first = attachments.add(session, stored(sha256="s"), "c-1", None, NOW)
    assert attachments.add(session, stored(sha256="s"), "c-1", None, NOW) is first
    assert attachments.add(session, stored("b.png", sha256="s"), "c-1", None, NOW) is not first


def test_waiting_files_go_along_with_the_ticket_in_its_transaction(session: Session, carla: Customer) -> None:
    attachments.add(session, stored(), "c-1", None, NOW)
    session.commit()
    opened(session, carla)
    session.rollback()
    assert session.scalars(select(Attachment)).one().ticket_id is None
    ticket = opened(session, carla)
    session.commit()
    assert [(file.customer_id, file.message_id) for file in ticket.attachments] == [(carla.id, None)]


def test_files_of_a_customer_who_left_do_not_go_with_the_next_ones_ticket(
    session: Session, carla: Customer, bruno: Customer
) -> None:
    attachments.add(session, stored("de-bruno.png"), "c-1", bruno, NOW)
    attachments.add(session, stored("de-nadie.png"), "c-1", None, NOW)
    assert [file.name for file in opened(session, carla).attachments] == ["de-nadie.png"]


def test_a_file_is_found_by_its_owner_and_by_staff(session: Session, carla: Customer, bruno: Customer) -> None:
    waiting, his = attachments.add(session, stored(), "c-9", None, NOW), attachments.add(session, stored(), "c-1", carla, NOW)
    assert attachments.find(session, his.id, carla) is attachments.find(session, his.id) is his
    for attachment_id, customer in ((his.id, bruno), (waiting.id, carla), ("no-such", None)):
        with pytest.raises(NotFound):
            attachments.find(session, attachment_id, customer)


def send(client: FlaskClient, content: bytes = PNG, name: str = "pantalla.png", headers: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
    return client.post(PATH, data={"file": (io.BytesIO(content), name)}, headers=headers or service())


def test_the_chat_sends_files_with_the_services_or_the_conversations_own_credential(client: FlaskClient, tmp_path: Path) -> None:
    answer = send(client)
    assert answer.status_code == 201
    assert {name: answer.json[name] for name in ("name", "size")} == {"name": "pantalla.png", "size": len(PNG)}
    assert send(client, headers=conversation("c-1")).json == answer.json
    assert len(list((tmp_path / "files").iterdir())) == 1
    assert send(client, headers=conversation("c-2")).status_code == 403


def test_a_refused_file_says_why_and_leaves_nothing_behind(client: FlaskClient, session: Session, tmp_path: Path) -> None:
    refused = send(client, b"MZ\x00", "a.exe")
    assert (refused.status_code, refused.json["code"], refused.json["fields"]) == (422, "file_refused", {"file": "type"})
    for _ in range(WAITING_MAX):
        attachments.add(session, stored(), "c-1", None, NOW)
    session.commit()
    assert send(client).json["fields"] == {"file": "count"}
    for size in (FILE_MAX, FILE_MAX * 2):
        large = send(client, PNG + b"\x00" * size)
        assert (large.status_code, large.json["code"], large.json["fields"]) == (413, "file_refused", {"file": "size"})
    assert client.post(PATH, headers=service()).status_code == 400
    assert list((tmp_path / "files").iterdir()) == []


def test_other_routes_take_no_large_bodies(client: FlaskClient) -> None:
    assert client.post("/api/v1/tickets", data=b"x" * 2**21, headers=service()).status_code == 413


def test_ticket_and_message_from_the_chat_take_the_files_along(client: FlaskClient, session: Session, carla: Customer) -> None:
    bonds.bind(session, "c-1", carla, timedelta(hours=1), datetime.now(UTC))
    session.commit()
    first = send(client).json
    body = {"conversation_id": "c-1", "area": "mail", "fields": {"description": "x"}}
    headers = {**service(), "Idempotency-Key": "k"}
    ticket = client.post("/api/v1/tickets", json=body, headers=headers).json
    assert ticket["attachments"] == [first]
    second = send(client).json
    assert second["id"] != first["id"]
    path = f"/api/v1/conversations/c-1/tickets/{ticket['number']}/messages"
    for _ in range(2):
        assert client.post(path, json={"body": "Va otra captura."}, headers=headers).json["attachments"] == [second]


def test_the_owner_and_staff_download_and_nothing_is_ever_shown_inside_a_page(
    client: FlaskClient, session: Session, carla: Customer, bruno: Customer, agent: Staff
) -> None:
    attachment_id = send(client, PNG, "ñandú.png").json["id"]
    ticket = opened(session, carla)
    session.commit()
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    log_in(client, "/consola/ingresar", agent.email)
    for room in ("/area-clientes", "/consola"):
        page = client.get(f"{room}/tickets/{ticket.number}").text
        assert f"{room}/adjuntos/{attachment_id}" in page and "ñandú.png" in page and f"{len(PNG)} bytes" in page
        answer = client.get(f"{room}/adjuntos/{attachment_id}", follow_redirects=True)
        assert answer.request.path.startswith("/archivos/")
        assert answer.data == PNG
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=nandu.png; filename*=UTF-8''%C3%B1")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cache-Control"] == "no-store"
        assert client.get(f"{room}/adjuntos/no-such").status_code == 404
    log_in(client, "/area-clientes/ingresar", "bruno@estudioruiz.com")
    assert client.get(f"/area-clientes/adjuntos/{attachment_id}").status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_not_found(client: FlaskClient, agent: Staff, tmp_path: Path) -> None:
    attachment_id = send(client).json["id"]
    (tmp_path / "files" / attachment_path(tmp_path)).unlink()
    log_in(client, "/consola/ingresar", agent.email)
    assert client.get(f"/consola/adjuntos/{attachment_id}", follow_redirects=True).status_code == 404


def attachment_path(tmp_path: Path) -> str:
    (file,) = (tmp_path / "files").iterdir()
    return file.name


@pytest.fixture
def form(client: FlaskClient, session: Session, carla: Customer) -> tuple[str, dict[str, str]]:
    """Address and token of the reply form of Carla's ticket, logged in."""
    ticket, _ = tickets.open_ticket(session, carla, MAIL_REPORT, "k", AREA_URL, NOW)
    session.commit()
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    path = f"/area-clientes/tickets/{ticket.number}"
    return path, {"csrf_token": csrf(client.get(path).text)}


def test_the_form_of_the_area_takes_files_with_a_message_or_alone(client: FlaskClient, form: tuple[str, dict[str, str]]) -> None:
    path, token = form
    files = [(io.BytesIO(PNG), "uno.png"), (io.BytesIO(b"552 rechazado"), "dos.log")]
    assert client.post(path, data={**token, "body": "Van dos.", "file": files}).status_code == 302
    assert client.post(path, data={**token, "body": "", "file": (io.BytesIO(PNG), "tres.png")}).status_code == 302
    assert client.post(path, data={**token, "body": "Sin nada.", "file": (io.BytesIO(b""), "")}).status_code == 302
    page = client.get(path).text
    assert all(text in page for text in ("uno.png", "dos.log", "tres.png", "Van dos.", "Adjunto archivos.", "Sin nada."))


@pytest.mark.parametrize(
    ("body", "files", "said"),
    [
        ("Mire esto.", [(b"MZ\x00", "a.exe")], "Ese tipo de archivo no se puede recibir"),
        ("Mire esto.", [(PNG, "bien.png"), (b"", "vacio.txt")], "El archivo está vacío"),
        ("Mire esto.", [(PNG, f"{number}.png") for number in range(WAITING_MAX + 1)], "hasta 10 archivos"),
        ("Mire esto.", [(PNG + b"\x00" * FILE_MAX, "grande.png")], "hasta 10 MB"),
        ("  ", [], "Escriba su mensaje"),
    ],
)
def test_where_a_file_is_refused_nothing_is_kept_and_what_he_typed_comes_back(
    client: FlaskClient,
    session: Session,
    form: tuple[str, dict[str, str]],
    tmp_path: Path,
    body: str,
    files: list[tuple[bytes, str]],
    said: str,
) -> None:
    path, token = form
    sent = [(io.BytesIO(content), name) for content, name in files]
    answer = client.post(path, data={**token, "body": body, "file": sent})
    assert answer.status_code == 422
    assert said in answer.text and body in answer.text
    assert session.scalars(select(Attachment)).all() == []
    folder = tmp_path / "files"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_more_than_a_form_may_carry_is_said_in_words(client: FlaskClient, form: tuple[str, dict[str, str]]) -> None:
    path, token = form
    answer = client.post(path, data={**token, "file": (io.BytesIO(b"\x00" * (TOGETHER_MAX + 2**20)), "a.png")})
    assert answer.status_code == 413 and "demasiado grande" in answer.text


@pytest.mark.parametrize(("size", "said"), [(512, "512 bytes"), (245_000, "239 kB"), (1_258_291, "1,2 MB")])
def test_sizes_are_said_as_people_read_them(size: int, said: str) -> None:
    assert file_size(size) == said
