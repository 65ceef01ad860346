"""Which words of a message a caller really heard, found by recognising what played once more."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench.phone_caller import PhoneCaller

_NO_LETTER = re.compile(r"[^a-z0-9]")


def played_of(caller: PhoneCaller, seq: int) -> bytes:
    """Mu-law of the server's message `seq` that has played: not what a clear has dropped. The server
    marks each piece of sound with its message (bot/channels/phone/twilio.py)."""
    parts, before = [], 0
    for frames, name in caller.marks:
        if name.split(":")[1] == str(seq):
            parts += [mulaw for _, mulaw in caller.playhead.segments[before:frames]]
        before = frames
    return b"".join(parts)


def letters(words: str) -> str:
    return _NO_LETTER.sub("", words.lower())


def words_heard(text: Sequence[str], recognised: str) -> range:
    """How many of the text's words, counted from its first, sound most like what was recognised:
    several counts may fit alike. Compares letters, so that "post code" is "postcode"."""
    heard = letters(recognised)
    row = list(range(len(heard) + 1))  # edit distances to what was recognised, after no word
    distances = [row[-1]]
    for word in text:
        for letter in letters(word):
            before, row[0] = row[0], row[0] + 1
            for at, other in enumerate(heard, 1):
                before, row[at] = (
                    row[at],
                    min(row[at] + 1, row[at - 1] + 1, before + (letter != other)),
                )
        distances.append(row[-1])
    least = min(distances)
    first = distances.index(least)
    last = len(distances) - 1 - distances[::-1].index(least)
    return range(first, last + 1)


def words_off(text: Sequence[str], claimed: str, recognised: str) -> int:
    """By how many words the log's `heard` says more (+) or less (-) than what was recognised."""
    true = words_heard(text, recognised)
    count = len(claimed.split())
    if count in true:
        return 0
    return count - true[0] if count < true[0] else count - true[-1]
