"""A customer's data as a zip that is written while it is sent: no file of ours holds it, no memory either."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

from escalation.own_data import Export

_CHUNK = 256 * 1024
README = """Estos son los datos que CSIserver tiene sobre su cuenta.

datos.json   su cuenta, sus direcciones, sus tickets con todos los mensajes y novedades, sus borradores y los
             correos que nos escribió y que le enviamos
archivos/    los archivos que usted envió, en una carpeta por ticket

Si quiere corregir o suprimir algo, puede pedirlo en el Área de Clientes, en «Mi cuenta» y luego «Sus datos» (Ley 25.326).
"""


class _Sink(io.RawIOBase):
    """Takes what the archive writes until it is fetched; it cannot be sought in, so the archive describes each file behind it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def pieces(export: Export) -> Iterator[bytes]:
    """The archive's bytes, in order, a quarter of a megabyte of files at a time."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("LEAME.txt", README)
        archive.writestr("datos.json", json.dumps(export.data, ensure_ascii=False, indent=2))
        yield sink.taken()
        for name, path in export.files:
            # Pictures and documents are compressed already.
            with path.open("rb") as source, archive.open(zipfile.ZipInfo(name), "w") as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
                    yield sink.taken()
            yield sink.taken()
    yield sink.taken()
