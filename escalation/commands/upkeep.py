"""``flask --app escalation backup|restore|retention|doctor``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from escalation.commands.failing import no_database
from escalation.models import WORKER, Heartbeat
from escalation.settings import Settings
from escalation.upkeep import backup, doctor, dumps, retention
from escalation.upkeep.backup import Folders
from escalation.upkeep.doctor import Case, Level
from wire.database import for_reading
from wire.migrations import current, known

SIGNS = {Level.OK: "ok     ", Level.WARNING: "WARNING", Level.WRONG: "WRONG  "}


def register(app: Flask, engine: Engine, settings: Settings, scripts: Path) -> None:
    """Put the commands on ``app``."""
    app.cli.add_command(_backup(settings))
    app.cli.add_command(_restore(engine, settings, scripts))
    app.cli.add_command(_retention(engine, settings))
    app.cli.add_command(_doctor(engine, settings, scripts))


def _shown(settings: Settings) -> str:
    return make_url(settings.database_url).render_as_string(hide_password=True)


def folders_of(settings: Settings) -> Folders:
    """What lies beside the database and belongs to it."""
    return {"files": settings.files_folder, "mail-raw": settings.mail_raw_folder}


def _backup(settings: Settings) -> click.Command:
    @click.command("backup")
    @click.argument("file", type=click.Path(path_type=Path))
    def command(file: Path) -> None:
        """Database and customers' files into FILE (a .tar), while everything runs."""
        # An empty database would make a backup that looks sound and holds nothing.
        if not dumps.has_tables(settings.database_url):
            raise click.ClickException(f"there is nothing at {_shown(settings)}: look at DATABASE_URL and MESA_INSTANCE")
        schema = current(settings.database_url, dumps.VERSION_TABLE)
        try:
            made = backup.make(settings.database_url, folders_of(settings), schema, file, datetime.now(UTC))
        except dumps.CannotDo as why:
            raise click.ClickException(str(why)) from why
        megabytes = sum(entry.size for entry in made.entries.values()) / 2**20
        click.echo(
            f"{file}: database and {len(made.entries) - 1} files, {megabytes:.1f} MB. Keep the secrets of the settings apart."
        )

    return command


def _restore(engine: Engine, settings: Settings, scripts: Path) -> click.Command:
    @click.command("restore")
    @click.argument("file", type=click.Path(exists=True, path_type=Path))
    @click.option("--force", is_flag=True, help="Replace what is there; an SQLite file and the folder are kept beside.")
    def command(file: Path, force: bool) -> None:
        """Put FILE back. Stop the service and the worker before; `migrate` afterwards."""
        if _is_running(engine, settings):
            raise click.ClickException("the worker gave a sign of life a moment ago: stop service and worker first")
        engine.dispose()
        try:
            manifest = backup.restore(file, settings.database_url, folders_of(settings), known(scripts), force)
        except dumps.CannotDo as why:
            raise click.ClickException(str(why)) from why
        click.echo(f"restored what was backed up at {manifest.made_at}; now run: flask --app escalation migrate")

    return command


def _is_running(engine: Engine, settings: Settings) -> bool:
    if not dumps.has_tables(settings.database_url) or not current(settings.database_url, dumps.VERSION_TABLE):
        return False
    with Session(for_reading(engine)) as session:
        beat = session.get(Heartbeat, WORKER)
    return beat is not None and datetime.now(UTC) - beat.at < doctor.SILENCE_MAX


def _retention(engine: Engine, settings: Settings) -> click.Command:
    @click.command("retention")
    @click.option("--apply", "applies", is_flag=True, help="Really forget; without it only the counts are shown.")
    def command(applies: bool) -> None:
        """What has grown old enough to be forgotten, by rule."""
        now, days = datetime.now(UTC), settings.retention_days
        try:
            with Session(engine) as session, session.begin():
                counted = (retention.apply if applies else retention.count)(session, days, now)
                if applies:
                    retention.forget_scans(session)
        except (OperationalError, ProgrammingError) as wrong:
            raise click.ClickException(no_database(settings.database_url, wrong)) from wrong
        with Session(for_reading(engine)) as session:
            orphans = retention.orphans(session, settings.files_folder, now)
            orphans += retention.raw_orphans(session, settings.mail_raw_folder, now)
        for rule in retention.RULES:
            click.echo(f"{counted[rule.name]:7}  {rule.name}, older than {days.get(rule.name, rule.days)} days: {rule.says}")
        click.echo(f"{len(orphans):7}  files that no row speaks of, older than a day")
        if applies:
            for file in orphans:
                file.unlink(missing_ok=True)
        click.echo("forgotten." if applies else "nothing was changed; --apply does it.")

    return command


def _doctor(engine: Engine, settings: Settings, scripts: Path) -> click.Command:
    @click.command("doctor")
    def command() -> None:
        """Is everything as it should be? Exit code 1 where something is wrong."""
        found = doctor.examine(Case(settings, for_reading(engine), scripts, datetime.now(UTC)))
        for finding in found:
            click.echo(f"{SIGNS[finding.level]}  {finding.what}: {finding.words}")
        if any(finding.level is Level.WRONG for finding in found):
            raise SystemExit(1)

    return command
