"""Domains, addresses, error codes, programs and times of a message, as Rasa entities."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.entities.extraction import extract


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ReportEntities(GraphComponent):
    """A shell around :func:`bot.entities.extraction.extract`."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> ReportEntities:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the entities of every typed message."""
        for message in messages:
            found = [
                {"entity": str(e.kind), "value": e.value, "start": e.start, "end": e.end, "extractor": type(self).__name__}
                for e in extract(message.get(TEXT) or "")
            ]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages
