"""A customer at the widget's HTTP contract: what the browser does, without the browser."""

from __future__ import annotations

import uuid
from typing import Any

import requests


class Customer:
    """Opens a conversation at once; remembers what the bot said last."""

    def __init__(self, front_url: str, escalation_url: str) -> None:
        self._front = front_url
        self._escalation = escalation_url
        opened = requests.post(f"{front_url}/widget/conversations", timeout=10)
        assert opened.status_code == 201
        self.conversation_id: str = opened.json()["conversation_id"]
        self.start_payload: str = opened.json()["start_payload"]
        self.headers = {"Authorization": f"Bearer {opened.json()['token']}"}
        self.replies: list[dict[str, Any]] = []

    def post(self, body: dict[str, Any]) -> requests.Response:
        """One raw message."""
        return requests.post(f"{self._front}/widget/messages", json=body, headers=self.headers, timeout=60)

    def write(self, text: str) -> str:
        """Type ``text``; returns all that the bot said, as one text."""
        return self._take({"text": text})

    def press(self, title: str) -> str:
        """Press the button of the last replies whose title starts with ``title``."""
        found = [button for button in self.buttons() if button["title"].startswith(title)]
        assert found, f"no button {title!r} among {[button['title'] for button in self.buttons()]}"
        return self.press_this(found[0])

    def press_this(self, button: dict[str, str]) -> str:
        """Press a button, also one of long ago."""
        return self._take({"payload": button["payload"]})

    def buttons(self) -> list[dict[str, str]]:
        """The buttons of the last replies."""
        return [button for reply in self.replies for button in reply.get("buttons", [])]

    def titles(self) -> list[str]:
        """What the buttons say."""
        return [button["title"] for button in self.buttons()]

    def log_in(self, email: str, password: str) -> int:
        """Straight to escalation; returns the HTTP status."""
        url = f"{self._escalation}/api/v1/conversation-login"
        body = {"email": email, "password": password}
        return requests.post(url, json=body, headers=self.headers, timeout=10).status_code

    def history(self, after: str = "0") -> list[dict[str, Any]]:
        """The stored messages."""
        answer = requests.get(f"{self._front}/widget/messages", params={"after": after}, headers=self.headers, timeout=10)
        assert answer.status_code == 200
        return answer.json()["messages"]

    def _take(self, content: dict[str, str]) -> str:
        answer = self.post({"id": str(uuid.uuid4()), **content})
        assert answer.status_code == 200, answer.text
        self.replies = answer.json()["replies"]
        return "\n".join(reply["text"] for reply in self.replies)
