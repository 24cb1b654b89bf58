"""The light encoder is the bundled model itself: where the two differed, the help centre's search would not be the bot's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bot.faq.encoder import SentenceEncoder
from bot.faq.static_encoder import NotStatic, StaticEncoder

TEXTS = ["", "   ", "😀", "No me llegan los mails, ¿qué hago?", "kiero cambiar la vercion de PHP", "550 5.7.1 " * 400]


def test_it_gives_the_vectors_of_sentence_transformers_and_of_none_of_its_length() -> None:
    vectors = StaticEncoder().encode(TEXTS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, SentenceEncoder().encode(TEXTS), atol=1e-6)
    assert StaticEncoder().encode([]).shape == (0, vectors.shape[1])


@pytest.mark.parametrize("layers", [None, "no json", [{"type": "sentence_transformers.models.Transformer"}], {"a": 1}])
def test_a_model_of_another_kind_is_refused(tmp_path: Path, layers: object) -> None:
    if layers is not None:
        (tmp_path / "modules.json").write_text(layers if isinstance(layers, str) else json.dumps(layers))
    with pytest.raises(NotStatic, match=str(tmp_path)):
        StaticEncoder(tmp_path)
