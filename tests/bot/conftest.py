"""The bundled embedding model, loaded once."""

from __future__ import annotations

import pytest

from bot.faq.encoder import SentenceEncoder


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()
