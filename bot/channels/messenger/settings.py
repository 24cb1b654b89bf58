"""Settings of the Messenger channel; without them the channel is off."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from wire.settings import MissingSetting

SECRETS = ("MESSENGER_VERIFY_TOKEN", "MESSENGER_APP_SECRET", "MESSENGER_PAGE_TOKEN")
GRAPH_URL = "https://graph.facebook.com/v24.0"
# Where Meta keeps what people attach.
MEDIA_HOSTS = (".fbcdn.net", ".fbsbx.com")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class InvalidSetting(MissingSetting):
    """A setting that cannot be meant; the message names it."""


@dataclass(frozen=True)
class MessengerSettings:
    """``graph_url`` without a trailing slash. ``page_id``, ``app_id``: empty where not told; then any Page's events are taken,
    and our own echoes are known by their metadata alone. ``media_hosts``: endings of host names from which files are fetched.

    ``rate``: messages a second for the whole Page. ``person_hours``: so long the bot stays silent after a person of the company
    wrote. ``settle_seconds``: an event waits so long for an older one that Meta delivers late. ``echo_seconds``: so long a
    message that may or may not have left waits for its echo before it is sent again. ``lease_seconds``: whoever shows no life
    for so long has lost the conversation that he was working on.
    """

    verify_token: str
    app_secret: str = field(repr=False)
    page_token: str = field(repr=False)
    graph_url: str = GRAPH_URL
    page_id: str = ""
    app_id: str = ""
    media_hosts: tuple[str, ...] = MEDIA_HOSTS
    # More than 40 a second and Meta blocks the Page's inbox (Send API, rate limits).
    rate: float = 30.0
    person_hours: float = 12.0
    human_agent: bool = True
    settle_seconds: float = 0.4
    echo_seconds: float = 10.0
    lease_seconds: float = 10.0

    @property
    def loopback(self) -> bool:
        """Whether a stand-in on this machine is in Meta's place."""
        return urlsplit(self.graph_url).hostname in LOOPBACK

    @classmethod
    def from_environment(cls) -> MessengerSettings | None:
        """None where the channel is off.

        Raises:
            MissingSetting: only some of the secrets are set; names one that is not.
            InvalidSetting: the Graph API would be called without TLS.
        """
        given = {name: os.environ.get(name, "") for name in SECRETS}
        if not any(given.values()):
            return None
        for name, value in given.items():
            if not value:
                others = ", ".join(other for other in SECRETS if given[other])
                raise MissingSetting(f"{name} is not set, but {others} is: Messenger needs {', '.join(SECRETS)}, or none of them")
        made = cls(
            verify_token=given["MESSENGER_VERIFY_TOKEN"],
            app_secret=given["MESSENGER_APP_SECRET"],
            page_token=given["MESSENGER_PAGE_TOKEN"],
            graph_url=os.environ.get("MESSENGER_GRAPH_URL", GRAPH_URL).rstrip("/"),
            page_id=os.environ.get("MESSENGER_PAGE_ID", ""),
            app_id=os.environ.get("MESSENGER_APP_ID", ""),
            media_hosts=tuple(os.environ.get("MESSENGER_MEDIA_HOSTS", " ".join(MEDIA_HOSTS)).split()),
            rate=float(os.environ.get("MESSENGER_RATE", "30")),
            person_hours=float(os.environ.get("MESSENGER_PERSON_HOURS", "12")),
            human_agent=os.environ.get("MESSENGER_HUMAN_AGENT", "1") == "1",
            settle_seconds=float(os.environ.get("MESSENGER_SETTLE_SECONDS", "0.4")),
            echo_seconds=float(os.environ.get("MESSENGER_ECHO_SECONDS", "10")),
        )
        if not made.loopback and not made.graph_url.startswith("https://"):
            raise InvalidSetting("MESSENGER_GRAPH_URL must begin with https://: the Page's token travels to it")
        return made
