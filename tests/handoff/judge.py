"""Reads a conversation's log from its first event and says what may not stand there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.conversation.events import Event, Kind
from bot.store.tables import Speaker

BOT, QUEUE = "the assistant", "nobody"

RETURNED = "The connection to "
"""How the customer is told that the agent has vanished: data/en/server.toml, agent_lost."""


@dataclass
class Verdict:
    breaches: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    floor: str = BOT
    """`handoff_requested` takes it from the assistant, `handoff_ended` gives it back; between them it is
    the agent's who accepted last, and nobody's after they handed it on or the system took it back."""
    answers: Counter[str] = field(default_factory=Counter)
    """Of the engine, by turn."""

    def wrong(self, event: Event, what: str) -> None:
        self.breaches.append(f"{event.seq} {what} (the floor is {self.floor}'s): {event.text!r}")

    def read(self, event: Event) -> None:
        match event.kind, event.speaker:
            case Kind.HANDOFF_REQUESTED, _:
                if self.floor != BOT:
                    self.wrong(event, "a second handoff begins")
                self.floor = QUEUE
                self.counts["handoffs"] += 1
            case Kind.HANDOFF_ACCEPTED, _:
                if self.floor != QUEUE:
                    self.wrong(event, "a second agent accepts")
                self.floor = event.name or "?"
                self.counts["accepted"] += 1
            case Kind.HANDOFF_ENDED, _:
                if self.floor == BOT:
                    self.wrong(event, "a handoff ends that never began")
                self.floor = BOT
            case Kind.TRANSFER, _:
                if self.floor != event.name:
                    self.wrong(event, f"{event.name} hands on")
                self.floor = QUEUE
                self.counts["handed on"] += 1
            case Kind.MESSAGE, Speaker.SYSTEM if event.text.startswith(RETURNED):
                if self.floor in (BOT, QUEUE):
                    self.wrong(event, "a contact is returned that nobody had")
                self.floor = QUEUE
                self.counts["returned"] += 1
            case ((Kind.MESSAGE | Kind.PROMISE), Speaker.ASSISTANT):
                if self.floor != BOT:
                    self.wrong(event, "the assistant speaks")
                if event.turn_id and "intent" in event.data:
                    self.answers[event.turn_id] += 1
            case Kind.MESSAGE, Speaker.AGENT:
                if self.floor != event.name:
                    self.wrong(event, f"{event.name} speaks")
                self.counts["agents' messages"] += 1


def judge(events: Sequence[Event]) -> Verdict:
    verdict = Verdict()
    for number, event in enumerate(events, 1):
        if event.seq != number:
            verdict.wrong(event, f"should be number {number}")
        verdict.read(event)
    verdict.breaches += [
        f"turn {turn}: {n} answers" for turn, n in verdict.answers.items() if n > 1
    ]
    verdict.counts["events"] = len(events)
    verdict.counts["answers"] = verdict.answers.total()
    return verdict
