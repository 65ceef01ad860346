"""The languages a call can be held in, and how a caller asks for another one: without I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.call.word_times import WORD
from bot.conversation.sentences import Sentence, Sentences

KEYS = "987654"
"""Of the menu, lower ones mean something else: for the other languages in the order of the settings,
then for the first one."""


@dataclass(slots=True)
class LanguageChoice:
    say: Sentences
    spoken: Sequence[str]
    """Languages that can be spoken to, the first one of the settings first."""
    now: str

    def offers(self) -> Iterator[tuple[str, Sentence]]:
        """Each other language, and how it is offered in itself."""
        for digit, language in self._by_key.items():
            if language != self.now:
                yield language, self.say.of(language)("language_offer", digit=digit)

    def keyed(self, digit: str) -> str | None:
        """The language that a key of the menu stands for, were it the one that is spoken."""
        return self._by_key.get(digit)

    def asked_for(self, text: str) -> str | None:
        """The language that somebody asks for who says this, and nothing else: "do you have Chinese
        lanterns" asks for none."""
        said = WORD.findall(text.lower())
        around = {
            word
            for language in self.spoken
            for phrase in self.say.of(language).words("language_asked_for", "around")
            for word in WORD.findall(phrase)
        }
        for language in self.spoken:
            for name in self.say.of(language).words("language_asked_for", "names"):
                rest = _without(said, WORD.findall(name))
                if language != self.now and rest is not None and around.issuperset(rest):
                    return language
        return None

    @property
    def _by_key(self) -> dict[str, str]:
        if len(self.spoken) < 2:
            return {}
        return dict(zip(KEYS, [*self.spoken[1:], self.spoken[0]], strict=False))


def _without(words: Sequence[str], part: Sequence[str]) -> Sequence[str] | None:
    """The words before and after a part of them; None where it isn't one."""
    for at in range(len(words) - len(part) + 1):
        if words[at : at + len(part)] == part:
            return [*words[:at], *words[at + len(part) :]]
    return None
