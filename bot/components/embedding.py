"""Encodes a message once; the vector serves as Rasa feature and for the matcher."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.faq.encoder import SentenceEncoder

MODEL = "model"
# Keeps one batch of training within the CPU's cache; larger ones were not faster.
BATCH = 256


@lru_cache(maxsize=2)
def shared_encoder(name: str | None) -> SentenceEncoder:
    """The encoder of this process: loading it twice would double its memory."""
    return SentenceEncoder(name)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbeddingFeaturizer(GraphComponent):
    """Sets one dense sentence feature of shape ``(1, dimensions)`` on every message with text."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        # None: the setting EMBEDDING_MODEL, or else the bundled model.
        return {MODEL: None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbeddingFeaturizer:
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        self._alias = config.get(FEATURIZER_CLASS_ALIAS) or type(self).__name__
        self._encoder = shared_encoder(config[MODEL])

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the vectors."""
        with_text = [message for message in messages if message.get(TEXT)]
        for start in range(0, len(with_text), BATCH):
            batch = with_text[start : start + BATCH]
            for message, vector in zip(batch, self._encoder.encode([m.get(TEXT) for m in batch]), strict=True):
                message.add_features(Features(np.atleast_2d(vector), FEATURE_TYPE_SENTENCE, TEXT, self._alias))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the vectors to the training examples."""
        self.process(training_data.training_examples)
        return training_data


def vector_of(message: Message) -> np.ndarray:
    """The sentence vector that the featurizer put on ``message``: shape ``(dimensions,)``."""
    _, sentence = message.get_dense_features(TEXT)
    return sentence.features[0]
