"""A client of ClamAV's daemon: one file, one answer (clamd(8), INSTREAM)."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

CHUNK = 64 * 1024
SECONDS = 60.0
PORT = 3310
_ANSWER_MAX = 4096


class ScannerAway(Exception):
    """It does not answer; the file is to be tried again."""


class Unscannable(Exception):
    """It answers that it cannot scan this file; says why."""


@dataclass(frozen=True)
class Verdict:
    """``finding``: the name of what was found."""

    clean: bool
    finding: str | None = None
    is_infected: bool = False


class Scanner:
    """``tcp://host[:port]`` or ``unix:///path``.

    Raises:
        ValueError: another kind of address.
    """

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        parts = urlsplit(url)
        tcp, local = parts.scheme == "tcp" and parts.hostname, parts.scheme == "unix" and parts.path
        if not tcp and not local:
            raise ValueError("CLAMD_URL: tcp://host[:port] or unix:///path/of/the/socket")
        self._family = socket.AF_INET if tcp else socket.AF_UNIX
        self._address = (parts.hostname, parts.port or PORT) if tcp else parts.path
        self._seconds = seconds

    def ping(self) -> None:
        """Raises:
        ScannerAway: it is.
        """
        if self._ask(b"zPING\0", None) != "PONG":
            raise ScannerAway("it does not answer a ping")

    def scan(self, stream: BinaryIO) -> Verdict:
        """Raises:
        ScannerAway: it does not answer.
        Unscannable: it says so.
        """
        answer = self._ask(b"zINSTREAM\0", stream).removeprefix("stream: ")
        if answer == "OK":
            return Verdict(clean=True)
        if answer.endswith(" FOUND"):
            return Verdict(clean=False, finding=answer.removesuffix(" FOUND"), is_infected=True)
        if answer.endswith(" ERROR"):
            raise Unscannable(answer)
        raise ScannerAway("its answer is cut")

    def _ask(self, command: bytes, stream: BinaryIO | None) -> str:
        try:
            with socket.socket(self._family, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._seconds)
                connection.connect(self._address)
                connection.sendall(command)
                if stream is not None:
                    _send(connection, stream)
                return _answer(connection)
        except OSError as failed:
            raise ScannerAway(type(failed).__name__) from failed


def _send(connection: socket.socket, stream: BinaryIO) -> None:
    try:
        while chunk := stream.read(CHUNK):
            connection.sendall(struct.pack("!I", len(chunk)) + chunk)
        connection.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # Past its own limit it answers and hangs up in the middle: what it said counts.
        return


def _answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _ANSWER_MAX:
        part = connection.recv(_ANSWER_MAX)
        if not part:
            break
        answer += part
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
