"""What the bot learned, out of Rasa's model archive and without Rasa: for whoever wants the same matcher in a light process."""

from __future__ import annotations

import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import BadZipFile

from bot.faq.understanding import STORE, Understanding

# What an archive that is missing, cut, of another version or no archive at all can raise on the way.
BROKEN = (OSError, EOFError, tarfile.TarError, zlib.error, BadZipFile, KeyError, ValueError)


class NoModel(RuntimeError):
    """The archive is not there or cannot be read; the message says which."""


def understanding_in(archive: Path) -> Understanding:
    """The trained :class:`Understanding` of the ``.tar.gz`` that ``python -m bot.components.model`` writes.

    Raises:
        NoModel: see there.
    """
    try:
        with tarfile.open(archive) as tar, TemporaryDirectory() as folder:
            store = next((member for member in tar if PurePosixPath(member.name).name == STORE), None)
            content = tar.extractfile(store) if store else None
            if content is None:
                raise NoModel(f"{archive}: holds no {STORE}")
            # Its content alone, under a name of ours: nothing in an archive says where a file goes.
            with (Path(folder) / STORE).open("wb") as file:
                shutil.copyfileobj(content, file)
            return Understanding.load(Path(folder))
    except BROKEN as broken:
        raise NoModel(f"{archive}: {type(broken).__name__}: {broken}") from broken
