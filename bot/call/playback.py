"""What the caller has heard of what we say: sentences with their lengths, and how far they played."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

EDGE_MS: Final = 40.0
"""Two frames: players round to their buffer, and the last samples of speech are silence."""

GAP: Final = 1.5
"""Letters that the space between two words is worth in time."""
PAUSE: Final = {",": 3.0, ";": 4.0, ":": 4.0, "-": 2.0, "–": 4.0, "—": 4.0}
"""Letters that the pause after a word's mark is worth."""


@dataclass(slots=True)
class Playback:
    """One message being spoken. Milliseconds count from its first sample."""

    seq: int
    """The event of the message."""
    sentences: list[tuple[str, float]] = field(default_factory=list)
    """Each sentence (or part of one) sent, as said, with its length in ms; without words: a pause."""
    played_ms: float = 0.0
    all_sent: bool = False
    _most_ms: float = 0.0
    """How far it ever played: a sentence that is said again was heard as far as it went before."""

    @property
    def sent_ms(self) -> float:
        return sum(length for _, length in self.sentences)

    @property
    def finished(self) -> bool:
        return self.all_sent and self.played_ms >= self.sent_ms - EDGE_MS

    def sent(self, sentence: str, ms: float) -> None:
        self.sentences.append((sentence, ms))

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
        del self.sentences[done:]
        self.played_ms = self.sent_ms
        self.all_sent = False
        return again

    def heard(self) -> str:
        """The words that were heard: whole sentences, and of the one that was cut off the words whose
        time had passed (a word half said was not heard)."""
        words: list[str] = []
        left = max(self.played_ms, self._most_ms)
        for sentence, length in self.sentences:
            if left > 0 and left >= length - EDGE_MS:
                words += [sentence] if sentence else []
                left -= length
                continue
            spoken = sentence.split()
            share = max(0.0, left) / length if length else 0.0
            words += spoken[: _words_within(spoken, share)]
            break
        return " ".join(words)


def _words_within(words: Iterable[str], share: float) -> int:
    """How many of the words are over when this share of their time has passed: speech gives a word time
    by its letters, and a pause to a comma."""
    ends, at = [], 0.0
    for word in words:
        at += sum(map(str.isalnum, word)) + GAP
        ends.append(at - GAP)
        at += PAUSE.get(word[-1], 0.0)
    return sum(end <= share * ends[-1] + 1e-9 for end in ends) if ends else 0
