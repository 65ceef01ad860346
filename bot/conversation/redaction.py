"""Customers' sentences without what is theirs: for teaching the assistant."""

from __future__ import annotations

import re

from actions.names import model
from engine.emails_spoken import find_emails
from engine.numbers_spoken import find_numbers

_HIDDEN = {
    "PERSON": "[name]",
    "GPE": "[place]",
    "LOC": "[place]",
    "FAC": "[place]",
    "DATE": "[date]",
}
"""spaCy's labels (OntoNotes 5) of what points at somebody."""
_LONG_NUMBER = re.compile(r"\d(?:[\s.-]?\d){2,}")
_STREET = re.compile(
    r"\b\d+\s+(?:\w+\s){1,3}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct)\b\.?",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """`text` with names, places, dates, addresses and numbers of three digits and more replaced by what
    they are. A model finds the names: it may miss one. Blocking, some milliseconds a sentence."""
    spans = [(email.start, email.end, "[email]") for email in find_emails(text)]
    spans += [(match.start(), match.end(), "[address]") for match in _STREET.finditer(text)]
    spans += [(number.start, number.end, "[number]") for number in find_numbers(text)]
    spans += [(match.start(), match.end(), "[number]") for match in _LONG_NUMBER.finditer(text)]
    spans += [
        (entity.start_char, entity.end_char, _HIDDEN[entity.label_])
        for entity in model()(text).ents
        if entity.label_ in _HIDDEN and any(letter.isalpha() for letter in entity.text)
    ]
    hidden, after = "", 0
    for start, end, word in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= after:
            hidden += text[after:start] + word
            after = end
    return hidden + text[after:]
