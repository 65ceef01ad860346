"""Rasa's responses with variants taking turns: the same words never come twice in a row."""

from __future__ import annotations

from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig


class TakingTurns(TemplatedNaturalLanguageGenerator):
    """Named in endpoints.yml. Rasa's own draws a variant by lot; this one says the one after the last
    that was said in the conversation."""

    def __init__(
        self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None
    ) -> None:
        super().__init__(domain.responses if domain else {})

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        variants = self.responses.get(utter_action) or []
        if len(variants) < 2 or any(set(one) & {"condition", "channel"} for one in variants):
            return await super().generate(utter_action, tracker, output_channel, **kwargs)
        said = sum(
            isinstance(event, BotUttered)
            and (event.metadata or {}).get("utter_action") == utter_action
            for event in tracker.events
        )
        slots = tracker.current_slot_values()
        return self._fill_response(dict(variants[said % len(variants)]), slots, **kwargs)
