"""Listening in a language for which no recogniser streams: an utterance is heard as a whole, when it has
likely ended. Nothing is known of its words before, so silence alone ends a turn, and a voice alone
interrupts."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import structlog

from bot.call.answers import Asked
from bot.call.choosing import Heard
from bot.call.hearing import HearingFailed
from speech.audio import SAMPLE_BYTES, samples
from speech.recogniser import Transcriber, Transcript

log = structlog.get_logger()


class WholeEars:
    """One utterance, as `bot.call.hearing.Ears` is one. `likely_end` and `finish` block."""

    complete = False
    unfinished = False
    words: Sequence[str] = ()

    def __init__(self, transcriber: Transcriber, rate_hz: int, asked: Asked | str) -> None:
        self.asked = Asked(asked) if isinstance(asked, str) else asked
        self._transcriber = transcriber
        self._rate_hz = rate_hz
        self._audio = bytearray()
        self._hearing = threading.Lock()
        self._heard: tuple[int, Transcript] | None = None
        """Bytes that were heard, and what."""

    @property
    def expects(self) -> str:
        return self.asked.expects

    def feed(self, pcm: bytes) -> str:
        """Always empty. Raises AudioError for what is no PCM."""
        samples(pcm)
        self._audio += pcm
        return ""

    def asks(self, silence_s: float) -> bool:
        """Never: it takes longer to hear a question than one is waited for."""
        return False

    def likely_end(self) -> None:
        """Hears what was said so far, so that `finish` need not. A failure is left to it."""
        if self._hearing.acquire(blocking=False):
            try:
                self._hear()
            except Exception:
                log.warning("the recogniser failed; it hears the utterance again", exc_info=True)
            finally:
                self._hearing.release()

    def finish(self, silence_s: float = 0.0) -> Heard:
        """Hears it once more if there was more than silence since; `silence_s`: seconds of it at the
        end. Raises HearingFailed."""
        with self._hearing:
            if self._heard is None or self._behind_s > silence_s:
                try:
                    self._hear()
                except Exception as error:
                    raise HearingFailed(f"the recogniser failed: {error!r}") from error
        assert self._heard
        heard = self._heard[1]
        return Heard(heard.text, heard.confidence, [], free=True)

    @property
    def _behind_s(self) -> float:
        """Seconds of sound that came after what was heard."""
        assert self._heard
        return (len(self._audio) - self._heard[0]) / SAMPLE_BYTES / self._rate_hz

    def _hear(self) -> None:
        pcm = bytes(self._audio)
        self._heard = len(pcm), self._transcriber.transcribe(pcm, self._rate_hz)
