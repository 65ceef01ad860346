"""What the caller has heard of what we say: sentences with their lengths, and how far they played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.call.word_times import WORD, Silence, word_ends

EDGE_MS: Final = 40.0
"""Two frames: players round to their buffer, and the last samples of speech are silence."""


@dataclass(slots=True)
class Playback:
    """One message being spoken. Milliseconds count from its first sample."""

    seq: int
    """The event of the message."""
    sentences: list[tuple[str, float]] = field(default_factory=list)
    """Each sentence (or part of one) sent, as said, with its length in ms; without words: a pause."""
    played_ms: float = 0.0
    all_sent: bool = False
    _quiet: list[Sequence[Silence]] = field(default_factory=list)
    """Of each sentence: where its sound is silent."""
    _most_ms: float = 0.0
    """How far it ever played: a sentence that is said again was heard as far as it went before."""

    @property
    def sent_ms(self) -> float:
        return sum(length for _, length in self.sentences)

    @property
    def finished(self) -> bool:
        return self.all_sent and self.played_ms >= self.sent_ms - EDGE_MS

    def sent(self, sentence: str, ms: float, quiet: Sequence[Silence] = ()) -> None:
        self.sentences.append((sentence, ms))
        self._quiet.append(quiet)

    def played(self, ms: float) -> None:
        """The other side's count; it never goes back, nor beyond what was sent, where that is known."""
        self.played_ms = max(self.played_ms, ms)
        if self.all_sent:
            self.played_ms = min(self.played_ms, self.sent_ms)
        self._most_ms = max(self._most_ms, self.played_ms)

    def rewind(self) -> list[str]:
        """Goes back to the beginning of the sentence that was cut off. Returns it and those after it:
        they are to be sent again."""
        done, left = 0, self.played_ms
        while done < len(self.sentences) and left >= self.sentences[done][1] - EDGE_MS:
            left -= self.sentences[done][1]
            done += 1
        again = [words for words, _ in self.sentences[done:] if words]
        del self.sentences[done:], self._quiet[done:]
        self.played_ms = self.sent_ms
        self.all_sent = False
        return again

    def heard(self) -> str:
        """The words that were heard: whole sentences, and of the one that was cut off the words whose
        time had passed (a word half said was not heard)."""
        words: list[str] = []
        left = max(self.played_ms, self._most_ms)
        for (sentence, length), quiet in zip(self.sentences, self._quiet, strict=True):
            if left > 0 and left >= length - EDGE_MS:
                words += [sentence] if sentence else []
                left -= length
                continue
            spoken = list(WORD.finditer(sentence))
            ends = word_ends([word.group() for word in spoken], length, quiet)
            over = sum(end <= left + 1e-6 for end in ends)
            words += [sentence[: spoken[over - 1].end()]] if over else []
            break
        return " ".join(words)
