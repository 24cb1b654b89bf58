"""Intent and FAQ ranking of a message; the decision travels in the parse result, so that actions need no model."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.embedding import shared_encoder, vector_of
from bot.components.importer import TOPIC
from bot.entities.wishes import outright
from bot.faq.corpus import load_corpus
from bot.faq.decision import Decision, Verdict
from bot.faq.live import published
from bot.faq.matcher import Matcher
from bot.faq.phrasings import FAQ_INTENT
from bot.faq.training import entry_phrasings
from bot.faq.understanding import Understanding

# The key of the parse result: ``tracker.latest_message["faq"]`` in the action server.
DECISION = "faq"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FaqMatcher(GraphComponent):
    """A shell around :class:`bot.faq.understanding.Understanding`; wants the featurizer before it."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FaqMatcher:
        return cls(config, model_storage, resource)

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        understanding: Understanding | None = None,
    ) -> None:
        self._storage = model_storage
        self._resource = resource
        self._matcher: Matcher | None = None
        if understanding is not None:
            self._matcher = Matcher(understanding, shared_encoder(None), published().current)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the phrasings and on the entries' own words."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        corpus = load_corpus()
        entries = entry_phrasings(corpus)
        texts = [example.get(TEXT) for example in examples] + [phrasing.text for phrasing in entries]
        labels = [example.get(TOPIC) or example.get(INTENT) for example in examples]
        labels += [phrasing.label for phrasing in entries]
        own_vectors = shared_encoder(None).encode([phrasing.text for phrasing in entries])
        vectors = np.vstack([[vector_of(example) for example in examples], own_vectors])
        with self._storage.write_to(self._resource) as directory:
            Understanding.fit(texts, labels, vectors, frozenset(corpus)).save(directory)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> FaqMatcher:
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, Understanding.load(directory))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking and decision."""
        for message in messages:
            if message.get(TEXT):
                self._set(message, self._understand(message))
        return messages

    def _understand(self, message: Message) -> Decision:
        if self._matcher is None:
            raise RuntimeError("FaqMatcher has no model: train the bot first")
        return self._matcher.match(message.get(TEXT), vector_of(message)).decision

    def _set(self, message: Message, decision: Decision) -> None:
        talks = decision.verdict is Verdict.TALK
        wish = outright(message.get(TEXT), decision.label)
        name = wish.kind if wish else decision.label if talks else FAQ_INTENT
        intent = {"name": str(name), "confidence": decision.probability}
        message.set(INTENT, intent, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [intent], add_to_output=True)
        vector = base64.b64encode(vector_of(message).astype("<f2").tobytes()).decode("ascii")
        # With the vector: a report carries it along, so that escalation can compare tickets without a model.
        told = {"wish": str(wish.kind), "reason": wish.reason} if wish else {}
        message.set(DECISION, {**decision.as_dict(), **told, "vector": vector}, add_to_output=True)
