"""Sentences as token ids, kept flat: a batch of any of them is one call of an embedding bag."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

UNKNOWN = "[UNK]"
MAX_TOKENS = 64
VOCABULARY = 32_000


def new_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """WordPiece over ``texts``: lower case without accents or punctuation, numbers apart, so that spelling matters little."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN, max_input_chars_per_word=60))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Replace(Regex(r"[^\w\s]|_"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits()])
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY, min_frequency=3, special_tokens=["[PAD]", UNKNOWN], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


class Bags:
    """Token ids of ``texts``, at most :data:`MAX_TOKENS` each."""

    def __init__(self, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        unknown = tokenizer.token_to_id(UNKNOWN)
        encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        ids = [encoding.ids[:MAX_TOKENS] or [unknown] for encoding in encoded]
        self._starts = np.concatenate([[0], np.cumsum([len(row) for row in ids])])
        self._ids = np.concatenate([np.array(row, dtype=np.int64) for row in ids])

    def take(self, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and offsets of ``rows``, as :class:`torch.nn.EmbeddingBag` wants them."""
        parts = [self._ids[self._starts[row] : self._starts[row + 1]] for row in rows]
        offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])[:-1]])
        return torch.from_numpy(np.concatenate(parts)), torch.from_numpy(offsets)
