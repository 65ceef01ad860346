"""A voice under watch: one that raises or falls silent is noticed, and left alone for a while."""

from __future__ import annotations

import concurrent.futures
import enum
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from speech.breaker import Breaker
from speech.silence import Edges
from speech.synthesiser import Synthesiser

PATIENCE_S: Final = 2.5
"""For one chunk. Piper computes half a second at most for one (bench/mouth.py); with the next voice's
first sound it stays below the four seconds in which a caller gives up."""

_logger = logging.getLogger(__name__)

Wait = Callable[[Future[bytes | None], float], bool]
"""Whether the future is done within so many seconds."""


class Failure(enum.StrEnum):
    RAISED = "raised"
    HUNG = "hung"
    """Made no chunk in time."""
    SILENT = "silent"
    """Made no sound of a text that has some."""


class VoiceFailed(Exception):
    """The text says how, for the log; what was made before is good."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A synthesiser with what makes its sound its own."""

    name: str
    """The engine and its voice, for logs and metrics: "piper en_US-joe-medium"."""
    synthesiser: Synthesiser
    digest: str
    """Changes when the voice does; see `digest_of`."""
    patience_s: float = PATIENCE_S
    """How long one chunk may take; a slow engine needs more, and callers wait that long when it
    hangs."""


def digest_of(folder: Path) -> str:
    """SHA-256 in hexadecimal over the names, sizes and contents of a model's files (60 ms for a voice
    of 63 MB)."""
    whole = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        with file.open("rb") as opened:
            part = hashlib.file_digest(opened, "sha256").hexdigest()
        whole.update(f"{file.relative_to(folder).as_posix()} {part}\n".encode())
    return whole.hexdigest()


def wait(future: Future[bytes | None], seconds: float) -> bool:
    """By the clock on the wall."""
    return bool(concurrent.futures.wait([future], seconds).done)


class WatchedVoice:
    """Speaks sentences with one voice, each chunk made on a thread of its own, so that a voice that
    hangs holds nobody but that thread. It is not asked again until the thread comes back, so at most
    one hangs for each sentence that was being made just then."""

    def __init__(
        self,
        voice: Voice,
        breaker: Breaker,
        *,
        on_failure: Callable[[str, Failure], None],
        wait: Wait = wait,
    ) -> None:
        self.voice = voice
        self._breaker = breaker
        self._on_failure = on_failure
        self._wait = wait
        self._stuck = 0
        self._lock = threading.Lock()

    @property
    def well(self) -> bool:
        """Nothing is known against it."""
        return self._breaker.closed and not self._stuck

    def may_speak(self) -> bool:
        """Ask right before `speak`; a trial after a failure may be given to one caller only."""
        return not self._stuck and self._breaker.may_try()

    def speak(self, sentence: str) -> Iterator[bytes]:
        """Chunks as the synthesiser makes them, the silence around the whole cut. Raises VoiceFailed."""
        try:
            edges = Edges(self.voice.synthesiser.rate_hz)
            chunks = iter(self.voice.synthesiser.speak(sentence))
        except Exception as error:
            raise self._failed(Failure.RAISED, error) from error
        while True:
            making = _on_a_thread(chunks)
            if not self._wait(making, self.voice.patience_s):
                with self._lock:
                    self._stuck += 1
                failed = self._failed(Failure.HUNG)
                making.add_done_callback(self._came_back)
                raise failed
            try:
                chunk = making.result()
                pcm = edges.finish() if chunk is None else edges.feed(chunk)
            except Exception as error:
                raise self._failed(Failure.RAISED, error) from error
            if pcm:
                self._breaker.worked()
                yield pcm
            if chunk is None:
                break
        if not edges.begun:
            raise self._failed(Failure.SILENT)

    def _failed(self, how: Failure, error: BaseException | None = None) -> VoiceFailed:
        match how:
            case Failure.RAISED:
                said = f"{self.voice.name} failed: {error!r}"
            case Failure.HUNG:
                said = f"{self.voice.name} made no sound within {self.voice.patience_s:g} s"
            case Failure.SILENT:
                said = f"{self.voice.name} made no sound of a sentence"
        # The sentence itself may hold what belongs in no log.
        _logger.warning("%s; the next voice goes on", said, exc_info=error)
        self._breaker.failed(for_certain=how is Failure.HUNG)
        self._on_failure(self.voice.name, how)
        return VoiceFailed(said)

    def _came_back(self, making: Future[bytes | None]) -> None:
        """What hung has ended after all. If it was only slow, it may speak again at once."""
        with self._lock:
            self._stuck -= 1
        if making.exception() is None:
            _logger.info("%s was slow, and is back", self.voice.name)
            self._breaker.worked()


def _on_a_thread(chunks: Iterator[bytes]) -> Future[bytes | None]:
    """The next chunk, or None at the end. A daemon, so that one that hangs can't keep the process
    from ending; a thread takes 0.1 ms to start, a chunk about a hundred to make."""
    made: Future[bytes | None] = Future()

    def make() -> None:
        try:
            made.set_result(next(chunks, None))
        except BaseException as error:  # whatever it is, the caller must hear of it
            made.set_exception(error)

    threading.Thread(target=make, name="voice", daemon=True).start()
    return made
