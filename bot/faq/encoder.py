"""Sentence embeddings, offline, from the model that ships with the repository or another one named by a setting."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

BUNDLED_MODEL = Path(__file__).resolve().parents[1] / "embeddings" / "model"

# Models that were trained with a marker before each text; without it their similarities are off (model cards).
PREFIX_OF_MODEL = {"intfloat/multilingual-e5-small": "query: "}


class SentenceEncoder:
    """Texts to unit vectors.

    ``name`` is a folder or a sentence-transformers model name; ``None`` reads ``EMBEDDING_MODEL`` and falls back to
    the bundled model.
    """

    def __init__(self, name: str | None = None) -> None:
        # Imported late: torch and transformers cost seconds, and most tools that import this module never encode.
        import torch
        from sentence_transformers import SentenceTransformer

        self.name = name or os.environ.get("EMBEDDING_MODEL") or str(BUNDLED_MODEL)
        # One short sentence at a time: more threads only add hand-over time, and starve the other processes.
        torch.set_num_threads(1)
        bundled = Path(self.name).is_dir()
        self._model = SentenceTransformer(self.name, device="cpu", local_files_only=bundled).float()
        self._prefix = PREFIX_OF_MODEL.get(self.name, "")
        self.dimensions = int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of ``texts``: float32, shape ``(len(texts), dimensions)``, each of length 1 (a text without known words: 0)."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return self._model.encode(
            [self._prefix + text for text in texts],
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        ).astype(np.float32)
