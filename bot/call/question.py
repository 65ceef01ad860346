"""What the assistant waits for: it decides how words, keys and silence are taken."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.call.hearing import Asked
from bot.call.number_told import NumberTold
from bot.call.quiet import Quiet
from bot.call.turn_settings import TurnSettings, settings_for
from bot.centre import Centre


@dataclass(slots=True)
class Question:
    centre: Centre
    conversation_id: str
    quiet: Quiet
    number: NumberTold
    expects: str = "free"
    """As the conversation has it."""
    choices: list[dict[str, str]] = field(default_factory=list)
    """On offer, as buttons."""

    async def look(self) -> None:
        """What was asked last."""
        self.expects = (await self.centre.log.get(self.conversation_id)).expects
        self.quiet.settings = settings_for(self.expects)

    @property
    def waits_for(self) -> str:
        """What is to be said or keyed now, a yes to a number that was read back included."""
        return self.number.waits_for(self.expects)

    @property
    def read_back(self) -> str | None:
        """The number of which we have asked whether it is right."""
        return self.number.read_back

    @property
    def settings(self) -> TurnSettings:
        """Also while it waits for a yes to a number: that may be keyed anew instead."""
        return settings_for(self.expects)

    def asked(self) -> Asked:
        """What somebody answers who begins to speak now."""
        return self.number.question(self.expects, (choice["title"] for choice in self.choices))

    def payloads(self) -> list[str]:
        """What choosing each of the choices says."""
        return [choice["payload"] for choice in self.choices]
