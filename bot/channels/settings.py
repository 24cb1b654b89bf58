"""Settings of the front door, read from the environment once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bot.channels.messenger.settings import MessengerSettings
from wire.settings import check_secrets, required

# Where `python -m bot.components.model` leaves it; that room belongs to Rasa.
MODEL_FILE = "models/mesa-de-ayuda.tar.gz"


@dataclass(frozen=True)
class Settings:
    """Addresses are without a trailing slash. ``service_token``: as whom the door calls escalation. ``files_folder``: where
    files wait that escalation could not take yet. ``rasa_timeout``, ``escalation_timeout``: seconds for one whole turn, for one
    call (a file has its own). ``messenger``: None where that channel is off. ``model_file``: the bot's trained model, for the help
    centre's search; None, or not there: by spelling. ``trusted_proxies``: how many of one's own stand before the door."""

    chat_database_url: str
    conversation_secret: str
    rasa_url: str
    rasa_channel_secret: str
    escalation_url: str
    escalation_public_url: str
    front_public_url: str
    service_token: str
    files_folder: Path
    rasa_timeout: float = 20.0
    escalation_timeout: float = 3.0
    actions_url: str = "http://127.0.0.1:5055"
    rasa_token: str = ""
    messenger: MessengerSettings | None = None
    model_file: Path | None = None
    trusted_proxies: int = 0
    rate_limit_storage_url: str = "memory://"
    # Opens /metrics, and nothing else; without it only the service's credential does.
    metrics_token: str = ""
    # An office of twenty behind one address, each writing every second, and no more than a Rasa can answer.
    chat_per_address: str = "1200 per minute"
    # Nobody writes a message a second; a program does.
    chat_per_conversation: str = "60 per minute"

    @property
    def area_url(self) -> str:
        """The Área de Clientes as customers see it."""
        return f"{self.escalation_public_url}/area-clientes/"

    @classmethod
    def from_environment(cls) -> Settings:
        """Raises:
        MissingSetting: names the variable that is not set.
        WeakSecret: in production one could be guessed, or is used twice; names it.
        """
        settings = cls._as_set()
        if settings.front_public_url.startswith("https://"):
            check_secrets(settings.secrets())
        return settings

    def secrets(self) -> dict[str, str]:
        """What must not be guessed, by the variable's name; what Meta makes is Meta's to choose."""
        return {
            "CONVERSATION_SECRET": self.conversation_secret,
            "SERVICE_TOKEN": self.service_token,
            "RASA_CHANNEL_SECRET": self.rasa_channel_secret,
            **({"RASA_TOKEN": self.rasa_token} if self.rasa_token else {}),
        }

    @classmethod
    def _as_set(cls) -> Settings:
        instance = Path(os.environ.get("MESA_INSTANCE", "instance")).resolve()
        return cls(
            chat_database_url=os.environ.get("CHAT_DATABASE_URL", f"sqlite:///{instance / 'chat.db'}"),
            conversation_secret=required("CONVERSATION_SECRET"),
            rasa_url=os.environ.get("RASA_URL", "http://127.0.0.1:5005"),
            rasa_channel_secret=required("RASA_CHANNEL_SECRET"),
            escalation_url=os.environ.get("ESCALATION_URL", "http://127.0.0.1:8001"),
            escalation_public_url=os.environ.get("ESCALATION_PUBLIC_URL", "http://127.0.0.1:8001"),
            front_public_url=os.environ.get("FRONT_PUBLIC_URL", "http://127.0.0.1:8000"),
            service_token=required("SERVICE_TOKEN"),
            files_folder=Path(os.environ.get("CHAT_FILES_FOLDER", str(instance / "chat-files"))),
            rasa_timeout=float(os.environ.get("RASA_TIMEOUT", "20")),
            escalation_timeout=float(os.environ.get("ESCALATION_TIMEOUT", "3")),
            actions_url=os.environ.get("ACTIONS_URL", "http://127.0.0.1:5055"),
            rasa_token=os.environ.get("RASA_TOKEN", ""),
            messenger=MessengerSettings.from_environment(),
            model_file=Path(os.environ.get("HELP_MODEL_FILE", str(instance / MODEL_FILE))),
            trusted_proxies=int(os.environ.get("TRUSTED_PROXIES", "0")),
            rate_limit_storage_url=os.environ.get("RATE_LIMIT_STORAGE_URL", "memory://"),
            metrics_token=os.environ.get("METRICS_TOKEN", ""),
            chat_per_address=os.environ.get("CHAT_PER_ADDRESS", cls.chat_per_address),
            chat_per_conversation=os.environ.get("CHAT_PER_CONVERSATION", cls.chat_per_conversation),
        )
