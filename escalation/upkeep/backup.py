"""Database and files in one archive with a list of what is in it; made while the system runs, put back while it does not.

First the database, then the files: a file is on the disk before its row speaks of it, so that every row of the copy finds its
file. Files that came after are in the archive without a row; they do no harm.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from escalation.upkeep import dumps
from escalation.upkeep.dumps import CannotDo

FORMAT = 1
MANIFEST, DATABASE = "manifest.json", "database"
# Files as our stores name them, at most one folder deep, and no way out of it.
_PART = r"[0-9a-zA-Z_-][0-9a-zA-Z._-]*"
_FILE = re.compile(rf"^({_PART})/((?:{_PART}/)?{_PART})$")
_CHUNK = 2**20

# Name in the archive and place on the disk of each folder that belongs to the database.
Folders = Mapping[str, Path]


@dataclass(frozen=True)
class Entry:
    """One member: ``size`` in bytes."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. ``schema`` is the migration that its database stands at."""

    format: int
    made_at: str
    database: str
    schema: str
    entries: dict[str, Entry] = field(default_factory=dict)


def make(database_url: str, folders: Folders, schema: str, target: Path, now: datetime) -> Manifest:
    """Write the archive ``target``, readable by its owner alone; it appears whole or not at all.

    Raises:
        CannotDo: see :mod:`escalation.upkeep.dumps`, or ``target`` exists.
    """
    if target.exists():
        raise CannotDo(f"{target} exists; choose another name")
    manifest = Manifest(FORMAT, now.isoformat(), dumps.kind_of(database_url), schema)
    half = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as work, _private(half) as raw:
            dump = Path(work) / DATABASE
            dumps.dump(database_url, dump)
            with tarfile.open(fileobj=raw, mode="w") as tar:
                manifest.entries[DATABASE] = _add(tar, DATABASE, dump)
                for name, folder in folders.items():
                    _add_files(tar, name, folder, manifest)
                _add_text(tar, MANIFEST, json.dumps(asdict(manifest), indent=1))
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    return manifest


def restore(source: Path, database_url: str, folders: Folders, known_schemas: set[str], force: bool) -> Manifest:
    """Put database and files back. Everything is checked before anything is touched; what was there is kept beside.

    Raises:
        CannotDo: the archive is damaged, not ours, of another kind of database or of a newer version; or something lies where
            it should go and ``force`` is False.
    """
    taken = any(folder.is_dir() and any(folder.iterdir()) for folder in folders.values())
    if not force and (taken or dumps.has_tables(database_url)):
        raise CannotDo("there are data already, which would be replaced; --force does it")
    home = next(iter(folders.values())).parent
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as work:
        manifest = _unpack(source, Path(work))
        _check_fits(manifest, database_url, known_schemas)
        dumps.load(Path(work) / DATABASE, database_url)
        for name, folder in folders.items():
            _replace_folder(Path(work) / name, folder, re.sub(r"\D", "", manifest.made_at)[:14])
    return manifest


def _replace_folder(unpacked: Path, folder: Path, stamp: str) -> None:
    unpacked.mkdir(exist_ok=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        folder.rename(_free(folder.with_name(f"{folder.name}.replaced-by-{stamp}")))
    # A folder on another disk cannot be renamed to; this copies then.
    shutil.move(unpacked, folder)


def _check_fits(manifest: Manifest, database_url: str, known_schemas: set[str]) -> None:
    kind = dumps.kind_of(database_url)
    if manifest.database != kind:
        raise CannotDo(f"this backup is of {manifest.database}, and DATABASE_URL names {kind}")
    if manifest.schema not in known_schemas:
        raise CannotDo(f"this backup has the schema {manifest.schema}, which this version does not know: install a newer one first")


def _add_files(tar: tarfile.TarFile, name: str, folder: Path, manifest: Manifest) -> None:
    for file in sorted(folder.rglob("*")) if folder.is_dir() else []:
        member = f"{name}/{file.relative_to(folder)}"
        if not _FILE.match(member) or file.suffix == ".part" or file.is_symlink() or not file.is_file():
            continue
        try:
            manifest.entries[member] = _add(tar, member, file)
        except FileNotFoundError:
            # Somebody erased it between the list and now.
            continue


def _add(tar: tarfile.TarFile, name: str, file: Path) -> Entry:
    with file.open("rb") as content:
        size, digest = os.fstat(content.fileno()).st_size, _digest(content)
        content.seek(0)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        tar.addfile(info, content)
    return Entry(size, digest)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


def _unpack(source: Path, folder: Path) -> Manifest:
    found: dict[str, Entry] = {}
    text = ""
    try:
        with tarfile.open(source, "r:") as tar:
            for member in tar:
                content = tar.extractfile(member)
                if content is None:
                    raise CannotDo(f"{member.name} in this archive is no file")
                if member.name == MANIFEST:
                    text = content.read(64 * _CHUNK).decode()
                    continue
                found[member.name] = _write(content, _place(folder, member.name))
        manifest = _read(text)
    except (tarfile.TarError, OSError, UnicodeDecodeError, ValueError, TypeError, KeyError) as broken:
        raise CannotDo(f"{source} is no backup, or a damaged one ({type(broken).__name__})") from broken
    wrong = [name for name in sorted(found.keys() | manifest.entries.keys()) if found.get(name) != manifest.entries.get(name)]
    if wrong or DATABASE not in found:
        raise CannotDo(f"this backup is damaged: {', '.join(wrong[:3]) or DATABASE}")
    return manifest


def _place(folder: Path, name: str) -> Path:
    # A name out of an archive is only ever compared, never followed.
    if name == DATABASE:
        return folder / DATABASE
    match = _FILE.match(name)
    if match is None:
        raise CannotDo(f"{name!r} does not belong into a backup of ours")
    place = folder / match.group(1) / match.group(2)
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _read(text: str) -> Manifest:
    values = json.loads(text)
    if values["format"] != FORMAT:
        raise CannotDo(f"this backup has the format {values['format']}; this version reads {FORMAT}")
    entries = {name: Entry(**entry) for name, entry in values.pop("entries").items()}
    return Manifest(**values, entries=entries)


def _write(content: IO[bytes], target: Path) -> Entry:
    size, digest = 0, hashlib.sha256()
    with _private(target) as out:
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            digest.update(chunk)
            out.write(chunk)
    return Entry(size, digest.hexdigest())


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _private(file: Path) -> IO[bytes]:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _free(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free
