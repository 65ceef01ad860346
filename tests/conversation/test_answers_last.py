"""A "yes" means only a question that was sent, or played to its end, before it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.conversation.events import Event, Kind
from bot.dialogue.asking import answers_last
from bot.store.tables import Channel, Leg, Speaker, Turn


def event(seq: int, kind: Kind, speaker: Speaker, **data: Any) -> Event:
    at = datetime(2026, 3, 4, tzinfo=UTC)
    return Event(seq, at, kind, speaker, "words", None, "leg", None, None, None, data)


def question(seq: int, **data: Any) -> Event:
    return event(seq, Kind.MESSAGE, Speaker.ASSISTANT, **data)


def heard(seq: int, *, interrupted: bool, of: int) -> Event:
    return event(seq, Kind.SPEECH_ENDED, Speaker.ASSISTANT, of=of, interrupted=interrupted)


YES = Turn(id="t", seq=5)
CHAT = Leg(channel=Channel.WEBCHAT)
CALL = Leg(channel=Channel.VOICE)


def test_a_yes_after_the_question() -> None:
    assert answers_last([question(4)], YES, CHAT)


def test_a_yes_before_the_question() -> None:
    assert not answers_last([question(4), question(6)], YES, CHAT)


def test_one_moment_is_no_question() -> None:
    assert answers_last([question(4), question(6, filler=True)], YES, CHAT)


def test_nothing_was_asked() -> None:
    assert answers_last([], YES, CHAT)


def test_on_a_call_the_question_must_have_been_heard() -> None:
    assert answers_last([question(2), heard(4, interrupted=False, of=2)], YES, CALL)
    assert not answers_last([question(2), heard(4, interrupted=True, of=2)], YES, CALL)
    assert answers_last([question(2), heard(4, interrupted=True, of=1)], YES, CALL)
