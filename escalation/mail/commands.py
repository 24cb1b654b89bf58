"""``flask --app escalation mail …``: look at templates, take a mail from a pipe, see and settle what waits."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation import tickets
from escalation.customers import customer_of_address, typed_address
from escalation.errors import DeskError, NotFound
from escalation.mail import addresses, digest, intake, previews, quarantine, watch
from escalation.mail.intake import Origin
from escalation.mail.watch import Sources
from escalation.models import OutboxRow, Staff
from escalation.outbox import DEAD, HELD, MAIL
from escalation.outbox import revive as outbox_revive
from escalation.settings import Settings
from wire.terminal import one_line

# sysexits.h: the mail server keeps the mail and tries again.
TEMPORARY_FAILURE = 75
Work = Callable[[Session], None]


def register(app: Flask, engine: Engine, settings: Settings) -> None:
    """Put the commands on ``app``."""
    group = AppGroup("mail", help="Mail in and out.")

    def do(work: Work) -> None:
        try:
            with Session(engine) as session, session.begin():
                work(session)
        except DeskError as wrong:
            raise click.ClickException(str(wrong)) from wrong

    _looking(group, do, settings)
    _settling(group, do, settings)

    @group.command("receive")
    def receive() -> None:
        """One raw mail from standard input, for a mail server that pipes it here."""
        try:
            intake.receive(engine, settings.mail_raw_folder, sys.stdin.buffer.read(), Origin("mail-pipe"), datetime.now(UTC))
        except Exception as failed:
            click.echo(f"not stored: {type(failed).__name__}", err=True)
            sys.exit(TEMPORARY_FAILURE)

    app.cli.add_command(group)


def _looking(group: AppGroup, do: Callable[[Work], None], settings: Settings) -> None:
    @group.command("preview")
    @click.argument("folder", type=click.Path(path_type=Path))
    def preview(folder: Path) -> None:
        """Every mail that we write, with invented values, as .txt, .html and .eml in FOLDER."""
        click.echo(f"{previews.write_all(folder, settings)} mails in {folder}")

    @group.command("waiting")
    def waiting() -> None:
        """What was held back, refused or failed, and mails of ours that did not leave."""

        def show(session: Session) -> None:
            for mail in quarantine.listed(session):
                click.echo(one_line(f"{mail.id}  {mail.state:11} {mail.reason:15} {mail.sender}  {mail.subject}"))
            stuck = select(OutboxRow).where(OutboxRow.state.in_((DEAD, HELD))).order_by(OutboxRow.id.desc()).limit(100)
            for row in session.scalars(stuck):
                click.echo(one_line(f"out {row.id:<7} {row.state:11} {row.recipient}  {row.last_error or ''}"))

        do(show)

    @group.command("status")
    def status() -> None:
        """When each mailbox was last read, and what is silent; ends with 1 where anything is."""
        sources, silent = Sources.of(settings), []

        def show(session: Session) -> None:
            for mailbox, age in watch.ages(session, sources, datetime.now(UTC)).items():
                click.echo(f"{mailbox}: read {age.total_seconds():.0f} s ago")
            for trouble in watch.troubles(session, sources, datetime.now(UTC)):
                click.echo(f"{trouble.kind} {trouble.name}: silent for {trouble.age.total_seconds() / 60:.0f} minutes")
                silent.append(trouble)

        do(show)
        sys.exit(int(bool(silent)))


def _settling(group: AppGroup, do: Callable[[Work], None], settings: Settings) -> None:
    by = click.option("--by", "email", required=True, help="E-mail of the member of staff who decides.")

    @group.command("release")
    @click.argument("mail_id")
    @click.option("--customer", default="", help="A registered address of the customer whose mail it is.")
    @by
    def release(mail_id: str, customer: str, email: str) -> None:
        """Let a mail in."""

        def work(session: Session) -> None:
            owner = customer_of_address(session, typed_address(customer)) if customer else None
            quarantine.release(session, quarantine.find(session, mail_id), _member(session, email), datetime.now(UTC), owner)

        do(work)

    @group.command("link")
    @click.argument("mail_id")
    @click.argument("number")
    @by
    def link(mail_id: str, number: str, email: str) -> None:
        """A mail belongs to the ticket NUMBER."""

        def work(session: Session) -> None:
            ticket = tickets.find(session, number)
            quarantine.link(session, quarantine.find(session, mail_id), _member(session, email), ticket, datetime.now(UTC))

        do(work)

    @group.command("drop")
    @click.argument("mail_id")
    def drop(mail_id: str) -> None:
        """A mail is nothing."""
        do(lambda session: quarantine.drop(session, quarantine.find(session, mail_id), datetime.now(UTC)))

    @group.command("retry")
    @click.argument("mail_id")
    def retry(mail_id: str) -> None:
        """Try a mail that failed once more."""
        do(lambda session: quarantine.retry(session, quarantine.find(session, mail_id), datetime.now(UTC)))

    @group.command("revive")
    @click.argument("address")
    def revive(address: str) -> None:
        """Send notices to a dead address again."""
        do(lambda session: addresses.revive(session, typed_address(address)))

    @group.command("resend")
    @click.argument("row_id", type=int)
    def resend(row_id: int) -> None:
        """Send a mail of ours after all that was given up or held back; its number stands in `mail waiting`."""

        def work(session: Session) -> None:
            row = session.get(OutboxRow, row_id, with_for_update=True)
            if row is None or row.channel != MAIL:
                raise NotFound("there is no such mail of ours")
            outbox_revive(session, row, datetime.now(UTC))

        do(work)

    @group.command("digest")
    @click.argument("email")
    @click.option("--on/--off", "on", default=True)
    def choose(email: str, on: bool) -> None:
        """A member of staff wants one mail a day, or each at once."""
        do(lambda session: digest.choose(session, _member(session, email), on, datetime.now(UTC), settings.business_hours))


def _member(session: Session, email: str) -> Staff:
    member = session.scalar(select(Staff).where(Staff.email == typed_address(email), Staff.active))
    if member is None:
        raise click.ClickException(f"{email} is nobody of staff")
    return member
