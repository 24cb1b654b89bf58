"""What people attach, fetched from Meta's servers and from nowhere else."""

from __future__ import annotations

import re
import tempfile
import time
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import unquote, urljoin, urlsplit

import requests

from bot.channels.messenger.settings import LOOPBACK, MessengerSettings
from bot.channels.messenger.words import FILE_NAMES
from bot.channels.uploads import FILE_MAX_BYTES, shown_name

SECONDS = (3.05, 10.0)
# The whole file, however slowly it drips.
TOTAL_SECONDS = 30.0
PIECE_BYTES = 64 * 1024
IN_MEMORY_BYTES = 2**20
REDIRECTS_MAX = 3
# A name of our own gets the extension of what the server says that it is; escalation looks at the content.
_EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/aac": ".aac",
    "audio/wav": ".wav",
    "application/pdf": ".pdf",
}
# Printable ASCII without the backslash: of "evil.test\\.fbcdn.net" the standard library reads one name, and what connects
# (urllib3) the one before the backslash.
_ADDRESS = re.compile(r"[!-\[\]-~]+")
_HOST_NAME = re.compile(r"[a-z0-9.:-]+")


class NotFetched(Exception):
    """The file is not there to be had; ``reason``: size, empty, host (never fetched from there), or fetch (try again)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Media:
    """An attachment that is a file: Meta's ``kind`` of it, and its temporary address."""

    kind: str
    url: str


def media_of(message: dict[str, Any]) -> list[Media]:
    """The files of a message, in its order; stickers are none."""
    found = []
    for attachment in message.get("attachments") or []:
        payload = attachment.get("payload")
        is_file = attachment.get("type") in FILE_NAMES and isinstance(payload, dict) and "sticker_id" not in payload
        if is_file and isinstance(payload.get("url"), str):
            found.append(Media(attachment["type"], payload["url"]))
    return found


def download(media: Media, place: int, settings: MessengerSettings) -> tuple[str, IO[bytes]]:
    """A name to show and the content, at its start; the caller closes it. ``place``: the attachment's in its message, from 1.

    Raises:
        NotFetched: see there.
    """
    ends = time.monotonic() + TOTAL_SECONDS
    content = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115  (the caller closes it)
    try:
        with _opened(media.url, settings) as answer:
            _copy(answer, content, ends)
            name = _name(media, place, answer.headers.get("Content-Type", ""))
    except requests.RequestException as failed:
        content.close()
        raise NotFetched("fetch") from failed
    except NotFetched:
        content.close()
        raise
    content.seek(0)
    return name, content


def _opened(url: str, settings: MessengerSettings) -> requests.Response:
    for _ in range(REDIRECTS_MAX + 1):
        if not allowed(url, settings):
            raise NotFetched("host")
        answer = requests.get(url, timeout=SECONDS, stream=True, allow_redirects=False)
        if answer.is_redirect:
            url = urljoin(url, answer.headers["Location"])
            answer.close()
            continue
        if not answer.ok:
            answer.close()
            raise NotFetched("fetch")
        return answer
    raise NotFetched("host")


def allowed(url: str, settings: MessengerSettings) -> bool:
    """Whether a file may be fetched from there: Meta's servers by TLS, or the machine where a stand-in for Meta runs."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or not _ADDRESS.fullmatch(url) or not _HOST_NAME.fullmatch(host):
        return False
    if settings.loopback and host in LOOPBACK:
        return parts.scheme in ("http", "https") and port == urlsplit(settings.graph_url).port
    return parts.scheme == "https" and port in (None, 443) and host.endswith(settings.media_hosts)


def _copy(answer: requests.Response, content: IO[bytes], ends: float) -> None:
    declared = answer.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > FILE_MAX_BYTES:
        raise NotFetched("size")
    size = 0
    for piece in answer.iter_content(PIECE_BYTES):
        size += len(piece)
        if size > FILE_MAX_BYTES:
            raise NotFetched("size")
        if time.monotonic() > ends:
            raise NotFetched("fetch")
        content.write(piece)
    if size == 0:
        raise NotFetched("empty")


def _name(media: Media, place: int, content_type: str) -> str:
    if media.kind == "file":
        return shown_name(unquote(urlsplit(media.url).path))
    return f"{FILE_NAMES[media.kind]}-{place}{_EXTENSIONS.get(content_type.partition(';')[0].strip().lower(), '')}"
