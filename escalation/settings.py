"""Settings of the escalation service, read from the environment once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from escalation.business_hours import BusinessHours
from wire.settings import required

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

    @property
    def area_url(self) -> str:
        """The Área de Clientes as customers see it."""
        return f"{self.public_url}/area-clientes/"

    @property
    def secure_cookies(self) -> bool:
        """Cookies only over TLS, except on a trial without it."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_environment(cls) -> Settings:
        """Raises:
        MissingSetting: names the variable that is not set.
        """
        instance = Path(os.environ.get("MESA_INSTANCE", "instance")).resolve()
        front = os.environ.get("FRONT_PUBLIC_URL", "http://127.0.0.1:8000")
        # A trial is opened as 127.0.0.1 or as localhost; for a browser these are two origins.
        trial = (front, front.replace("127.0.0.1", "localhost"))
        origins = os.environ.get("WIDGET_ORIGINS", "")
        return cls(
            database_url=os.environ.get("DATABASE_URL", f"sqlite:///{instance / 'escalation.db'}"),
            session_secret=required("SESSION_SECRET"),
            service_token=required("SERVICE_TOKEN"),
            conversation_secret=required("CONVERSATION_SECRET"),
            public_url=os.environ.get("ESCALATION_PUBLIC_URL", "http://127.0.0.1:8001"),
            widget_origins=tuple(origins.split()) if origins else trial,
            mail_from=os.environ.get("MAIL_FROM", "CSIserver Soporte <soporte@csiserver.com>"),
            smtp_url=os.environ.get("SMTP_URL", ""),
            trusted_proxies=int(os.environ.get("TRUSTED_PROXIES", "0")),
            mail_folder=Path(os.environ.get("MAIL_FOLDER", str(instance / "mail"))),
            front_url=os.environ.get("FRONT_URL", front),
            linking_hosts=tuple(os.environ.get("MESSENGER_LINKING_HOSTS", " ".join(LINKING_HOSTS)).split()),
            business_hours=BusinessHours.parse(os.environ.get("BUSINESS_HOURS", "1-5 09:00-18:00")),
            files_folder=Path(os.environ.get("FILES_FOLDER", str(instance / "files"))).resolve(),
        )
