"""A file as the body of a multipart request, sent piece by piece: requests' own encoder would hold it whole in memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import BinaryIO

from urllib3.fields import RequestField

PIECE_BYTES = 64 * 1024


class MultipartFile:
    """One form field ``field`` with a file of ``size`` bytes (RFC 7578); ``len()`` is the length of the whole body."""

    def __init__(self, field: str, name: str, size: int, content: BinaryIO) -> None:
        boundary = uuid.uuid4().hex
        part = RequestField(name=field, data=b"", filename=name)
        part.make_multipart(content_type="application/octet-stream")
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._head = f"--{boundary}\r\n{part.render_headers()}".encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._size = size
        self._content = content

    def __len__(self) -> int:
        return len(self._head) + self._size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        while piece := self._content.read(PIECE_BYTES):
            yield piece
        yield self._tail
