"""The front door as it really runs, in a process of its own: what its log holds, and what a sender hears over a real socket."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import requests

from bot.channels.uploads import FILE_MAX_BYTES
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from tests.customer import Customer


def upload(front: str, customer: Customer, content: bytes, name: str) -> requests.Response:
    return requests.post(f"{front}/widget/attachments", files={"file": (name, content)}, headers=customer.headers, timeout=30)


def test_neither_log_nor_disk_holds_a_secret_and_the_log_no_words_of_a_customer(
    front: str, tmp_path: Path, rasa: FakeRasa, desk: FakeEscalation
) -> None:
    customer = Customer(front, desk.url)
    rasa.says["zarzaparrilla"] = [{"text": "Escriba el código."}, {"custom": {"card": "code"}}]
    for status in (200, 500):
        desk.code_status = status
        customer.write("zarzaparrilla")
        customer.write("123 456")
    customer.write("mi contraseña es Perro.2024!x")
    assert upload(front, customer, b"%PDF-1.7", "zarzaparrilla.pdf").status_code == 201
    desk.stop()
    assert upload(front, customer, b"%PDF-1.7", "zarzaparrilla.pdf").status_code == 201
    rasa.mode = "fails"
    customer.write("mi contraseña es Perro.2024!x")

    log = (tmp_path / "front.log").read_bytes()
    assert b"code not checked" in log and b"file kept" in log and b"rasa unavailable" in log
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("chat.db*"))
    assert b"zarzaparrilla" in stored and b"zarzaparrilla" not in log
    for secret in (b"Perro.2024", b"123 456", b"123456"):
        assert secret not in log and secret not in stored


def test_a_sender_of_too_much_hears_why_instead_of_a_broken_connection(front: str, desk: FakeEscalation) -> None:
    customer = Customer(front, desk.url)
    answer = upload(front, customer, b"x" * (FILE_MAX_BYTES + 1), "x.pdf")
    assert answer.status_code == 413 and "10 MB" in answer.json()["text"]
    # As a browser sends: it reads only when all is written.
    with socket.create_connection((host := urlsplit(front)).netloc.split(":"), timeout=30) as line:
        head = f"POST /widget/attachments HTTP/1.1\r\nHost: {host.netloc}\r\nAuthorization: {customer.headers['Authorization']}\r\n"
        line.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {20 * 2**20}\r\n\r\n".encode())
        for _ in range(20):
            line.sendall(b"x" * 2**20)
            time.sleep(0.02)
        assert line.recv(100).startswith(b"HTTP/1.1 413")
    chunks = requests.post(
        f"{front}/widget/attachments",
        data=iter([b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n', *([b"x" * 2**20] * 11)]),
        headers={**customer.headers, "Content-Type": "multipart/form-data; boundary=b"},
        timeout=30,
    )
    assert chunks.status_code == 413
    assert upload(front, customer, b"x" * FILE_MAX_BYTES, "x.pdf").status_code == 201
    assert len(next(iter(desk.files.values()))["content"]) == FILE_MAX_BYTES
