"""Settings of the escalation service, read from the environment once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import formataddr
from pathlib import Path

from escalation import company
from escalation.business_hours import BusinessHours
from escalation.upkeep import retention
from wire.settings import check_secrets, required

LINKING_HOSTS = ("www.facebook.com", "m.facebook.com", "facebook.com", "www.messenger.com", "messenger.com")


@dataclass(frozen=True)
class Settings:
    """URLs are without a trailing slash. ``smtp_url`` empty: mail is written as files into ``mail_folder``.

    ``files_folder`` is absolute and holds what customers send along.
    """

    database_url: str
    session_secret: str
    service_token: str
    conversation_secret: str
    public_url: str
    widget_origins: tuple[str, ...]
    mail_from: str
    smtp_url: str
    mail_folder: Path
    files_folder: Path
    # ClamAV's daemon, tcp://host:3310 or unix:///path; with it, files are handed out once they passed.
    clamd_url: str = ""
    # Files under another host name than the pages', without a slash at the end; empty: under the same one.
    files_url: str = ""
    # Opens /metrics, and nothing else; without it only the service's credential does.
    metrics_token: str = ""
    # How long what is kept, in days by name, where it differs from upkeep.retention's table.
    retention_days: Mapping[str, int] = field(default_factory=dict)
    # Where requests are counted; with several processes on one machine or more than one, a Redis: redis://host:6379/0.
    rate_limit_storage_url: str = "memory://"
    # Mail in; each way of it is off where its setting is empty.
    imap_urls: tuple[str, ...] = ()
    mail_listen: str = ""
    mail_in_folder: str = ""
    mail_raw_folder: Path = Path("instance/mail-raw")
    # The name by which our own mail server signs Authentication-Results (RFC 8601); without it only DKIM proves a sender.
    mail_authserv_id: str = ""
    # A PEM file with the authority that signed our mail server's certificate, besides those that the system knows.
    mail_ca_file: str = ""
    # Addresses of ours besides the one that we write from: mail from them is our own.
    mail_addresses: tuple[str, ...] = ()
    # How many proxies of our own stand in front: only what they say of the sender's address is believed.
    trusted_proxies: int = 0
    # A shared computer must not stay logged in for days; a report takes minutes.
    binding_lifetime: timedelta = timedelta(hours=12)
    session_lifetime: timedelta = timedelta(hours=12)
    # The front door as this service reaches it, for news of tickets.
    front_url: str = "http://127.0.0.1:8000"
    # A Messenger account is a person's own, unlike a browser.
    linking_lifetime: timedelta = timedelta(days=30)
    # Where Messenger waits for its customers to come back (account linking's redirect_uri).
    linking_hosts: tuple[str, ...] = LINKING_HOSTS
    business_hours: BusinessHours = field(default_factory=BusinessHours)
    # As long as the chat offers to reopen a solved one.
    close_solved_after: timedelta = timedelta(days=14)
    # Where the help centre is; its answers are offered while a customer types a ticket.
    front_public_url: str = "http://127.0.0.1:8000"

    @property
    def area_url(self) -> str:
        """The Área de Clientes as customers see it."""
        return f"{self.public_url}/area-clientes/"

    @property
    def secure_cookies(self) -> bool:
        """Cookies only over TLS, except on a trial without it."""
        return self.public_url.startswith("https://")

    def secrets(self) -> dict[str, str]:
        """What must not be guessed, by the variable's name."""
        return {
            "SESSION_SECRET": self.session_secret,
            "SERVICE_TOKEN": self.service_token,
            "CONVERSATION_SECRET": self.conversation_secret,
            **({"METRICS_TOKEN": self.metrics_token} if self.metrics_token else {}),
        }

    @property
    def is_trial(self) -> bool:
        """Without TLS nobody but its owner uses it: loopback may be called, and what must not be in production is left alone."""
        return not self.secure_cookies

    @classmethod
    def from_environment(cls) -> Settings:
        """Raises:
        MissingSetting: names the variable that is not set.
        WeakSecret: in production one could be guessed, or is used twice; names it.
        BadCompany: ``company.yaml`` is missing or lacks what mails say; names file and value.
        """
        settings = cls._as_set()
        if not settings.is_trial:
            settings.check_secrets()
        return settings

    def check_secrets(self) -> None:
        """Raises:
        WeakSecret: see :meth:`from_environment`.
        """
        check_secrets(self.secrets())

    @classmethod
    def _as_set(cls) -> Settings:
        instance = Path(os.environ.get("MESA_INSTANCE", "instance")).resolve()
        front = os.environ.get("FRONT_PUBLIC_URL", "http://127.0.0.1:8000")
        # A trial is opened as 127.0.0.1 or as localhost; for a browser these are two origins.
        trial = (front, front.replace("127.0.0.1", "localhost"))
        origins = os.environ.get("WIDGET_ORIGINS", "")
        ours = company.values()
        return cls(
            database_url=os.environ.get("DATABASE_URL", f"sqlite:///{instance / 'escalation.db'}"),
            session_secret=required("SESSION_SECRET"),
            service_token=required("SERVICE_TOKEN"),
            conversation_secret=required("CONVERSATION_SECRET"),
            public_url=os.environ.get("ESCALATION_PUBLIC_URL", "http://127.0.0.1:8001"),
            widget_origins=tuple(origins.split()) if origins else trial,
            mail_from=os.environ.get("MAIL_FROM", formataddr((f"{ours['company']['name']} Soporte", ours["support"]["email"]))),
            smtp_url=os.environ.get("SMTP_URL", ""),
            clamd_url=os.environ.get("CLAMD_URL", ""),
            files_url=os.environ.get("FILES_PUBLIC_URL", ""),
            metrics_token=os.environ.get("METRICS_TOKEN", ""),
            retention_days=retention.days_of(os.environ.get("RETENTION_DAYS", "")),
            rate_limit_storage_url=os.environ.get("RATE_LIMIT_STORAGE_URL", "memory://"),
            trusted_proxies=int(os.environ.get("TRUSTED_PROXIES", "0")),
            mail_folder=Path(os.environ.get("MAIL_FOLDER", str(instance / "mail"))),
            linking_hosts=tuple(os.environ.get("MESSENGER_LINKING_HOSTS", " ".join(LINKING_HOSTS)).split()),
            business_hours=BusinessHours.parse(os.environ.get("BUSINESS_HOURS", "1-5 09:00-18:00")),
            close_solved_after=timedelta(days=float(os.environ.get("CLOSE_SOLVED_AFTER_DAYS", "14"))),
            front_public_url=front,
            files_folder=Path(os.environ.get("FILES_FOLDER", str(instance / "files"))).resolve(),
            imap_urls=tuple(os.environ.get("IMAP_URL", "").split()),
            mail_listen=os.environ.get("MAIL_LISTEN", ""),
            mail_in_folder=os.environ.get("MAIL_IN_FOLDER", ""),
            mail_raw_folder=Path(os.environ.get("MAIL_RAW_FOLDER", str(instance / "mail-raw"))).resolve(),
            mail_authserv_id=os.environ.get("MAIL_AUTHSERV_ID", ""),
            mail_ca_file=os.environ.get("MAIL_CA_FILE", ""),
            mail_addresses=tuple(os.environ.get("MAIL_ADDRESSES", "").lower().split()),
            front_url=os.environ.get("FRONT_URL", front),
        )
