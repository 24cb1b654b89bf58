"""The bundled model's vectors without torch: for the front door, which is to be light and up at once.

A sentence-transformers ``StaticEmbedding`` is a table of token vectors; a text's vector is the mean of its tokens', at length 1.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.faq.encoder import BUNDLED_MODEL

# The layers of such a model, as sentence-transformers writes them into ``modules.json``.
LAYERS = ("StaticEmbedding", "Normalize")
TABLE = "embedding.weight"


class NotStatic(ValueError):
    """The model wants torch, or is no model."""


class StaticEncoder:
    """As :class:`bot.faq.encoder.SentenceEncoder`, for a folder with a static model (default: the setting, or the bundled one).

    Raises:
        NotStatic: at construction.
    """

    def __init__(self, folder: Path | None = None) -> None:
        # Imported late: most of a front door's life nobody searches.
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        folder = folder or Path(os.environ.get("EMBEDDING_MODEL") or BUNDLED_MODEL)
        _check(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._table = load_file(str(folder / "model.safetensors"))[TABLE]
        self.dimensions = int(self._table.shape[1])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of ``texts``: float32, shape ``(len(texts), dimensions)``, each of length 1 (a text without known words: 0)."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, tokens in enumerate(self._tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            if tokens.ids:
                vectors[row] = self._table[tokens.ids].astype(np.float32).mean(axis=0)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _check(folder: Path) -> None:
    try:
        layers = tuple(layer["type"].rpartition(".")[2] for layer in json.loads((folder / "modules.json").read_text()))
    except (OSError, ValueError, KeyError, TypeError) as missing:
        raise NotStatic(f"{folder}: no folder of a sentence-transformers model") from missing
    if layers != LAYERS:
        raise NotStatic(f"{folder}: {' and '.join(layers)} in place of {' and '.join(LAYERS)}")
