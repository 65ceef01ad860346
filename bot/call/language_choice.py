"""The languages a call can be held in, and how a caller asks for another one: without I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.conversation.sentences import Sentence, Sentences

KEYS = "98765"
"""Of the menu, for the other languages in the order of the settings; lower ones mean something else."""

LONGEST = 5
"""Words of "can we speak Chinese please"; what is longer is about something else."""


@dataclass(slots=True)
class LanguageChoice:
    say: Sentences
    spoken: Sequence[str]
    """Languages that can be spoken to."""
    now: str

    def offers(self) -> Iterator[tuple[str, Sentence]]:
        """Each other language, and how it is offered in itself."""
        for digit, language in self._others:
            yield language, self.say.of(language)("language_offer", digit=digit)

    def keyed(self, digit: str) -> str | None:
        """The language that a key of the menu stands for."""
        return dict(self._others).get(digit)

    def asked_for(self, text: str) -> str | None:
        """The language that somebody asks for who says this."""
        if len(text.split()) > LONGEST:
            return None
        return next(
            (
                language
                for _, language in self._others
                if self.say.of(language).says("language_asked_for", text)
            ),
            None,
        )

    @property
    def _others(self) -> Iterator[tuple[str, str]]:
        return zip(KEYS, (one for one in self.spoken if one != self.now), strict=False)
