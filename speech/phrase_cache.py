"""Sound that was made before: fixed phrases on disk and in memory, the latest others in memory."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import threading
import wave
from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path
from typing import Final

from speech.audio import SAMPLE_BYTES, AudioError, read_wav

FIXED_SECONDS: Final = 900.0
"""Of fixed phrases held in memory: 40 MB at 22.05 kHz. Those beyond it are read when they are said."""
RECENT_SECONDS: Final = 240.0
"""Of what was said lately: 11 MB at 22.05 kHz."""
LONGEST_SECONDS: Final = 20.0
"""Nothing longer is kept: a sentence isn't."""

_logger = logging.getLogger(__name__)


class PhraseCache:
    """Sound by sentence, of one voice. May be used by several threads, and its folder by several
    processes: a file is written whole or not at all, and one that is damaged is as good as missing.

    A file is called KEY.CHECK.wav: the key tells voice and sentence, the check is of the sound in it.
    """

    def __init__(
        self,
        folder: Path | None,
        voice: str,
        rate_hz: int,
        *,
        fixed_seconds: float = FIXED_SECONDS,
        recent_seconds: float = RECENT_SECONDS,
    ) -> None:
        """`voice`: whatever changes when its sound does. Without a folder nothing is on disk."""
        self._voice = voice
        self._rate_hz = rate_hz
        self._folder = folder / _hash(voice)[:16] if folder else None
        self._files: dict[str, Path] = {}
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._files = {path.name.split(".")[0]: path for path in self._folder.glob("*.*.wav")}
        self._fixed: dict[str, bytes] = {}
        self._fixed_left = int(fixed_seconds * rate_hz) * SAMPLE_BYTES
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._recent_left = int(recent_seconds * rate_hz) * SAMPLE_BYTES
        self._longest = int(LONGEST_SECONDS * rate_hz) * SAMPLE_BYTES
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """In memory."""
        with self._lock:
            return sum(map(len, self._fixed.values())) + sum(map(len, self._recent.values()))

    def get(self, sentence: str) -> bytes | None:
        """PCM; None where it must be made."""
        key = self._key(sentence)
        with self._lock:
            if (pcm := self._fixed.get(key)) is not None:
                return pcm
            if (pcm := self._recent.get(key)) is not None:
                self._recent.move_to_end(key)
                return pcm
        return self._read(key)

    def load(self, sentence: str) -> bool:
        """Takes a fixed phrase from disk into memory; False where it isn't there, or damaged."""
        key = self._key(sentence)
        if key in self._fixed:
            return True
        if (pcm := self._read(key)) is None:
            return False
        self._hold(key, pcm)
        return True

    def keep(self, sentence: str, pcm: bytes) -> None:
        """A fixed phrase, on disk and in memory. A disk that is full is logged, no more."""
        key = self._key(sentence)
        self._hold(key, pcm)
        if not self._folder:
            return
        path = self._folder / f"{key}.{_check(pcm)}.wav"
        new = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.new")
        try:
            new.write_bytes(self._wav(pcm))
            new.replace(path)
        except OSError as error:
            _logger.warning("A phrase couldn't be kept in %s: %s", self._folder, error)
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
            return
        with self._lock:
            self._files[key] = path

    def remember(self, sentence: str, pcm: bytes) -> None:
        """What was just said, until newer sentences need the room."""
        key = self._key(sentence)
        if len(pcm) > self._longest:
            return
        with self._lock:
            if key in self._fixed or key in self._recent:
                return
            self._recent[key] = pcm
            self._recent_left -= len(pcm)
            while self._recent_left < 0:
                _, oldest = self._recent.popitem(last=False)
                self._recent_left += len(oldest)

    def sweep(self, wanted: Collection[str]) -> None:
        """Removes from disk what is none of these sentences, and what a killed process left."""
        if not self._folder:
            return
        keys = {self._key(sentence) for sentence in wanted}
        with self._lock:
            kept = {path for key, path in self._files.items() if key in keys}
            self._files = {key: path for key, path in self._files.items() if key in keys}
        for path in self._folder.iterdir():
            if path.suffix == ".wav" and path not in kept:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def _key(self, sentence: str) -> str:
        return _hash(f"{self._voice}\n{' '.join(sentence.split())}")[:32]

    def _wav(self, pcm: bytes) -> bytes:
        whole = io.BytesIO()
        with wave.open(whole, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(SAMPLE_BYTES)
            file.setframerate(self._rate_hz)
            file.writeframes(pcm)
        return whole.getvalue()

    def _hold(self, key: str, pcm: bytes) -> None:
        with self._lock:
            if key not in self._fixed and len(pcm) <= self._fixed_left:
                self._fixed[key] = pcm
                self._fixed_left -= len(pcm)

    def _read(self, key: str) -> bytes | None:
        with self._lock:
            path = self._files.get(key)
        if path is None:
            return None
        try:
            sound = read_wav(path)
        except (OSError, AudioError, EOFError) as error:
            reason = str(error)
        else:
            if sound.rate_hz == self._rate_hz and path.name == f"{key}.{_check(sound.pcm)}.wav":
                return sound.pcm
            reason = "its sound is not what was written"
        _logger.warning("%s is made again: %s", path.name, reason)
        with self._lock:
            self._files.pop(key, None)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _check(pcm: bytes) -> str:
    return hashlib.sha256(pcm).hexdigest()[:16]
