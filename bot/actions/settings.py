"""Settings of the action server, read from the environment once."""

from __future__ import annotations

import os
from dataclasses import dataclass

from wire.settings import check_secrets


@dataclass(frozen=True)
class Settings:
    """``escalation_url`` and ``service_token``: where tickets are opened and as whom. ``front_url``: public address of the
    help centre. ``timeout``: seconds that escalation has to answer one call. ``pending_database_url``: reports that wait for it."""

    escalation_url: str
    service_token: str
    front_url: str
    timeout: float
    pending_database_url: str

    @classmethod
    def from_environment(cls) -> Settings:
        """Raises:
        KeyError: a required variable is missing; its name is the message.
        WeakSecret: in production the service's credential could be guessed.
        """
        if os.environ["FRONT_PUBLIC_URL"].startswith("https://"):
            check_secrets({"SERVICE_TOKEN": os.environ["SERVICE_TOKEN"]})
        return cls(
            escalation_url=os.environ["ESCALATION_URL"],
            service_token=os.environ["SERVICE_TOKEN"],
            front_url=os.environ["FRONT_PUBLIC_URL"],
            # A customer waits behind this call; past three seconds he deserves an honest word instead.
            timeout=float(os.environ.get("ESCALATION_TIMEOUT", "3")),
            pending_database_url=os.environ["PENDING_DATABASE_URL"],
        )
