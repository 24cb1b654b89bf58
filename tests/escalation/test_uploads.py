"""What is done to files before they are kept, and what is asked before they are handed out."""

from __future__ import annotations

import io
import socketserver
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation import attachments, create_app, file_links, file_store, pictures
from escalation.clamd import Scanner, ScannerAway
from escalation.errors import FileRefused
from escalation.filetypes import checked
from escalation.integration_models import FileScan
from escalation.models import Customer, OutboxRow, Role, Staff
from escalation.settings import Settings
from escalation.virus_scan import scan_next
from tests.escalation.conftest import log_in
from tests.escalation.test_tickets import opened
from tests.pictures import PNG, picture
from tests.ports import free_port

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture
def server_url() -> None:
    """SQLite alone: what is tried here does not depend on the database."""


def kept(tmp_path: Path, content: bytes, name: str) -> bytes:
    stored = file_store.store(tmp_path / "files", io.BytesIO(content), name)
    return (tmp_path / "files" / stored.path).read_bytes()


def photograph() -> bytes:
    """As a telephone makes it: lying on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "Casa de Carla"
    exif.get_ifd(0x8825)[2] = (34.0, 36.0, 12.0)
    return picture("JPEG", (40, 20), exif=exif, comment=b"secreto", quality=70)


def test_a_photograph_keeps_its_look_and_loses_where_it_was_taken(tmp_path: Path) -> None:
    sent = photograph()
    assert b"Casa de Carla" in sent and b"secreto" in sent
    content = kept(tmp_path, sent, "IMG_1.jpg")
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "JPEG" and image.size == (20, 40) and not dict(image.getexif()) and "comment" not in image.info
    assert b"Casa" not in content and b"secreto" not in content and b"Exif" not in content


def test_a_payload_behind_the_pixels_is_left_behind(tmp_path: Path) -> None:
    for kind, name in (("PNG", "a.png"), ("JPEG", "a.jpg"), ("GIF", "a.gif"), ("WEBP", "a.webp")):
        content = kept(tmp_path, picture(kind) + b"<script>alert(1)</script>" + b"PK\x03\x04", name)
        assert b"script" not in content and b"PK" not in content
        with Image.open(io.BytesIO(content)) as image:
            assert image.format == kind and image.size == (12, 8)


def test_text_and_colour_profiles_inside_a_picture_are_left_behind(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("Comment", "Casa de Carla")
    content = kept(tmp_path, picture(pnginfo=texts, icc_profile=b"perfil de Carla"), "a.png")
    assert b"Carla" not in content and b"iCCP" not in content and b"tEXt" not in content


def test_transparency_and_animation_stay(tmp_path: Path) -> None:
    target = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(target, "PNG")
    with Image.open(io.BytesIO(kept(tmp_path, target.getvalue(), "a.png"))) as image:
        assert image.convert("RGBA").getpixel((0, 0))[3] == 0
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
    moving = io.BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0, comment=b"Carla")
    content = kept(tmp_path, moving.getvalue(), "a.gif")
    with Image.open(io.BytesIO(content)) as image:
        assert image.n_frames == 3 and b"Carla" not in content
        image.seek(2)
        assert image.info["duration"] == 300 and image.convert("RGB").getpixel((0, 0)) == (0, 0, 255)


def test_an_animation_is_cut_where_it_has_more_pixels_than_one_picture_may_have(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    frames = [Image.new("RGB", (10, 10), (number, 0, 0)) for number in range(0, 200, 20)]
    moving = io.BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    monkeypatch.setattr(pictures, "PIXELS_MAX", 400)
    with Image.open(io.BytesIO(kept(tmp_path, moving.getvalue(), "a.gif"))) as image:
        assert image.n_frames == 4


def bomb() -> bytes:
    """Forty kilobytes that would be forty gigabytes of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    header = struct.pack("!IIBBBBB", 100_000, 100_000, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 40_000_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [bomb(), b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, PNG[:-20], b"\xff\xd8\xff\xe0", b"GIF89a...", b"RIFF\x00\x00\x00\x00WEBPVP8 "],
    ids=["bomb", "no chunks", "cut", "no jpeg", "no gif", "no webp"],
)
def test_a_picture_that_cannot_be_made_anew_is_refused_and_nothing_stays(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        file_store.store(tmp_path / "files", io.BytesIO(content), "sin-extension")
    assert refused.value.fields == {"file": "type"}
    assert not (tmp_path / "files").exists() or list((tmp_path / "files").iterdir()) == []


def test_one_pixel_too_many_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pictures, "PIXELS_MAX", 95)
    with pytest.raises(FileRefused):
        kept(tmp_path, PNG, "a.png")
    monkeypatch.setattr(pictures, "PIXELS_MAX", 96)
    assert kept(tmp_path, PNG, "a.png") == PNG


def packed(**contents: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return target.getvalue()


DOCX = packed(**{"[Content_Types].xml": b"x", "word/document.xml": b"x"})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("otro.zip", packed(a=b"x")),
        ("factura.txt", packed(a=b"x")),
        ("vacio.zip", packed()),
        ("a.rar", b"Rar!\x1a\x07\x01\x00"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c"),
        ("a.gz", b"\x1f\x8b\x08"),
        ("a.tar", b"\0" * 257 + b"ustar\x0000" + b"\0" * 300),
        ("macros.docx", packed(**{"[Content_Types].xml": b"x", "word/document.xml": b"x", "word/vbaProject.bin": b"x"})),
    ],
    # Of its bytes, which hold the time, each process of pytest-xdist would make another name.
    ids=lambda value: value if isinstance(value, str) else "bytes",
)
def test_an_archive_inside_an_archive_is_refused_whatever_it_is_called(name: str, content: bytes) -> None:
    with pytest.raises(FileRefused):
        checked(io.BytesIO(packed(**{"leame.txt": b"hola", name: content})), "todo.zip")


def test_documents_and_texts_inside_an_archive_are_taken() -> None:
    content = packed(**{"nota.docx": DOCX, "error.log": b"552", "foto.png": PNG})
    assert checked(io.BytesIO(content), "todo.zip") == ("todo.zip", "application/zip")


def test_an_archive_that_would_fill_a_disk_or_has_a_password_is_refused() -> None:
    for content in (packed(grande=b"\0" * (201 * 2**20)), packed(**{f"n{number}": b"" for number in range(1001)})):
        with pytest.raises(FileRefused):
            checked(io.BytesIO(content), "todo.zip")
    locked = bytearray(packed(secreto=b"x"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + offset] |= 1
    with pytest.raises(FileRefused):
        checked(io.BytesIO(bytes(locked)), "todo.zip")


def test_an_archive_with_a_broken_entry_is_refused_and_not_a_failure_of_ours() -> None:
    content = bytearray(packed(**{"a.txt": b"hola" * 100}))
    content[45:55] = b"\xff" * 10
    with pytest.raises(FileRefused):
        checked(io.BytesIO(bytes(content)), "todo.zip")


class FakeClamd(socketserver.ThreadingTCPServer):
    """Speaks clamd's INSTREAM (clamd(8)) with one signature: EICAR's. ``limit`` is its StreamMaxLength."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, port: int, limit: int = 25 * 2**20) -> None:
        super().__init__(("127.0.0.1", port), _Clamd)
        self.limit, self.scanned = limit, list[bytes]()


class _Clamd(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
            return
        assert command == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if len(content) > self.server.limit:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.scanned.append(content)
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")


@pytest.fixture
def clamd() -> Iterator[FakeClamd]:
    server = FakeClamd(free_port())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def url(server: FakeClamd) -> str:
    return f"tcp://127.0.0.1:{server.server_address[1]}"


def sent(session: Session, settings: Settings, carla: Customer, content: bytes, name: str) -> str:
    stored = file_store.store(settings.files_folder, io.BytesIO(content), name)
    attachment = attachments.add(session, stored, "c-1", carla, datetime.now(UTC))
    session.commit()
    return attachment.id


def test_nothing_is_handed_out_before_the_scanner_saw_it(
    engine: Engine, session: Session, settings: Settings, carla: Customer, clamd: FakeClamd
) -> None:
    client = create_app(replace(settings, clamd_url=url(clamd))).test_client()
    path = f"/area-clientes/adjuntos/{sent(session, settings, carla, b'hola', 'a.txt')}"
    opened(session, carla)
    session.commit()
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    held = client.get(path)
    assert held.status_code == 423 and "todavía se está revisando" in held.text
    assert scan_next(engine, settings.files_folder, Scanner(url(clamd)))
    assert not scan_next(engine, settings.files_folder, Scanner(url(clamd)))
    assert clamd.scanned == [b"hola"]
    assert client.get(path, follow_redirects=True).data == b"hola"


def test_a_virus_is_thrown_away_and_the_admins_are_told(
    engine: Engine, session: Session, settings: Settings, carla: Customer, agent: Staff, clamd: FakeClamd
) -> None:
    agent.role = Role.ADMIN
    path = f"/area-clientes/adjuntos/{sent(session, settings, carla, EICAR, 'factura.txt')}"
    assert scan_next(engine, settings.files_folder, Scanner(url(clamd)))
    assert list(settings.files_folder.iterdir()) == []
    told = session.scalars(select(OutboxRow)).one()
    assert told.recipient == agent.email and "Eicar-Test-Signature" in told.content["body"]
    session.rollback()
    for clamd_url in (url(clamd), ""):
        client = create_app(replace(settings, clamd_url=clamd_url)).test_client()
        log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
        answer = client.get(path)
        assert answer.status_code == 410 and "no pasó el control de virus" in answer.text


def test_while_the_scanner_is_away_files_are_kept_and_held(
    engine: Engine, session: Session, settings: Settings, carla: Customer
) -> None:
    scanner = Scanner(f"tcp://127.0.0.1:{free_port()}")
    sent(session, settings, carla, b"hola", "a.txt")
    with pytest.raises(ScannerAway):
        scanner.ping()
    assert not scan_next(engine, settings.files_folder, scanner)
    assert session.scalars(select(FileScan)).all() == [] and len(list(settings.files_folder.iterdir())) == 1


def test_what_cannot_be_scanned_is_held_for_good_and_holds_nobody_up(
    engine: Engine, session: Session, settings: Settings, carla: Customer, clamd: FakeClamd
) -> None:
    clamd.limit = 10
    sent(session, settings, carla, b"x" * 100_000, "grande.txt")
    gone = sent(session, settings, carla, b"y", "perdido.txt")
    (settings.files_folder / attachments.find(session, gone).path).unlink()
    sent(session, settings, carla, b"hola", "a.txt")
    while scan_next(engine, settings.files_folder, Scanner(url(clamd))):
        pass
    findings = {row.finding for row in session.scalars(select(FileScan))}
    assert findings == {"INSTREAM size limit exceeded. ERROR", "the file was gone", None}
    assert len(list(settings.files_folder.iterdir())) == 2


def test_the_scanner_is_found_on_a_socket_of_the_machine_too(tmp_path: Path) -> None:
    class Local(socketserver.ThreadingUnixStreamServer):
        daemon_threads, limit, scanned = True, 100, []

    server = Local(str(tmp_path / "clamd"), _Clamd)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    scanner = Scanner(f"unix://{tmp_path}/clamd")
    scanner.ping()
    assert scanner.scan(io.BytesIO(b"hola")).clean
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("wrong", ["clamd:3310", "http://clamd", "unix://", "tcp://"])
def test_a_wrong_address_of_the_scanner_says_how_it_should_look(wrong: str) -> None:
    with pytest.raises(ValueError, match="CLAMD_URL"):
        Scanner(wrong)


def test_the_link_of_a_file_is_signed_short_lived_and_needs_no_cookie(
    client: FlaskClient, session: Session, settings: Settings, carla: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment_id = sent(session, settings, carla, PNG, "captura.png")
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    link = client.get(f"/area-clientes/adjuntos/{attachment_id}").location
    stranger = client.application.test_client()
    answer = stranger.get(link)
    assert answer.data == PNG and "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Disposition"] == "attachment; filename=captura.png"
    for forged in (link[:-1] + ("A" if link[-1] != "A" else "B"), f"/archivos/{attachment_id}", "/archivos/x"):
        assert stranger.get(forged).status_code == 404
    # As if it had been signed longer ago than that.
    monkeypatch.setattr(file_links, "LIFETIME_SECONDS", -1)
    assert stranger.get(link).status_code == 404


def test_files_may_have_a_host_of_their_own(session: Session, settings: Settings, carla: Customer) -> None:
    client = create_app(replace(settings, files_url="https://archivos.csiserver.com")).test_client()
    attachment_id = sent(session, settings, carla, PNG, "captura.png")
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    assert client.get(f"/area-clientes/adjuntos/{attachment_id}").location.startswith("https://archivos.csiserver.com/archivos/")
