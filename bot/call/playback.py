"""What the caller has heard of what we say: sentences with their lengths, and how far they played."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Playback:
    """One message being spoken. Milliseconds count from its first sample."""

    seq: int
    """The event of the message."""
    sentences: list[tuple[str, float]] = field(default_factory=list)
    """Each sentence sent, as said, with its length in ms."""
    played_ms: float = 0.0
    all_sent: bool = False

    @property
    def sent_ms(self) -> float:
        return sum(length for _, length in self.sentences)

    @property
    def finished(self) -> bool:
        return self.all_sent and self.played_ms >= self.sent_ms - EDGE_MS

    def sent(self, sentence: str, ms: float) -> None:
        self.sentences.append((sentence, ms))

    def played(self, ms: float) -> None:
        """The other side's count; it never goes back, nor beyond what was sent."""
        self.played_ms = min(max(self.played_ms, ms), self.sent_ms)

    def heard(self) -> str:
        """The words that were heard: whole sentences, and of the one that was cut off the words
        whose share of its time had passed (a word half said was not heard)."""
        words: list[str] = []
        left = self.played_ms
        for sentence, length in self.sentences:
            if left >= length - EDGE_MS:
                words.append(sentence)
                left -= length
                continue
            spoken = sentence.split()
            share = max(0.0, left) / length if length else 0.0
            words += spoken[: int(share * len(spoken))]
            break
        return " ".join(words)


EDGE_MS = 40.0
"""Two frames: players round to their buffer, and the last samples of speech are silence."""
