"""Mail handed over by our own server, to the letter of LMTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from escalation.mail import listener
from tests.mail.conftest import CARLA, MailRoom, letter
from tests.ports import free_port

OURS = frozenset({"soporte@csiserver.com"})


@contextmanager
def listening(room: MailRoom, scheme: str, folder: Path | None = None) -> Iterator[socket.socket]:
    """A connection past its greeting."""
    port = free_port()
    door = listener.Door(room.engine, folder or room.settings.mail_raw_folder, OURS, lambda: None)
    server = listener.controller(f"{scheme}://127.0.0.1:{port}", door)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
            said(peer, 1)
            peer.sendall(b"LHLO x\r\n" if scheme == "lmtp" else b"HELO x\r\n")
            while said(peer, 1)[0][3:4] == b"-":
                pass
            yield peer
    finally:
        server.stop()


def said(peer: socket.socket, lines: int) -> list[bytes]:
    found = []
    for _ in range(lines):
        line = b""
        while not line.endswith(b"\n"):
            line += peer.recv(1)
        found.append(line.strip())
    return found


def handed_over(peer: socket.socket, raw: bytes, *recipients: str, replies: int) -> list[bytes]:
    peer.sendall(f"MAIL FROM:<{CARLA}>\r\n".encode())
    said(peer, 1)
    for recipient in recipients:
        peer.sendall(f"RCPT TO:<{recipient}>\r\n".encode())
        assert said(peer, 1)[0].startswith(b"250")
    peer.sendall(b"DATA\r\n")
    said(peer, 1)
    peer.sendall(raw + b"\r\n.\r\n")
    answers = said(peer, replies)
    peer.sendall(b"NOOP\r\n")
    # Nothing more was said of the mail.
    assert said(peer, 1)[0].startswith(b"250 OK")
    return answers


def test_by_lmtp_each_recipient_has_a_reply_and_the_mail_is_one(lite_room: MailRoom) -> None:
    with listening(lite_room, "lmtp") as peer:
        answers = handed_over(peer, letter(), "soporte@csiserver.com", "soporte+x@csiserver.com", replies=2)
    assert answers == [b"250 2.0.0 stored"] * 2
    assert len(lite_room.rows()) == 1


def test_by_smtp_there_is_one_reply(lite_room: MailRoom) -> None:
    with listening(lite_room, "smtp") as peer:
        assert len(handed_over(peer, letter(), "soporte@csiserver.com", "soporte+x@csiserver.com", replies=1)) == 1


def test_a_line_without_end_is_no_reason_to_lose_a_mail(lite_room: MailRoom) -> None:
    with listening(lite_room, "lmtp") as peer:
        assert handed_over(peer, letter("palabra " * 40_000), "soporte@csiserver.com", replies=1) == [b"250 2.0.0 stored"]
    assert lite_room.take().state == "processed"


@pytest.mark.parametrize("recipients", [1, 2])
def test_what_cannot_be_stored_stays_with_our_server(lite_room: MailRoom, tmp_path: Path, recipients: int) -> None:
    (tmp_path / "file").write_text("no folder")
    with listening(lite_room, "lmtp", tmp_path / "file") as peer:
        addresses = ["soporte@csiserver.com", "soporte+x@csiserver.com"][:recipients]
        answers = handed_over(peer, letter(), *addresses, replies=recipients)
    assert answers == [b"451 4.3.0 not stored; try again"] * recipients and lite_room.rows() == []
