"""What a caller may answer to a question with few answers: phrase lists for the recogniser.

A recogniser bound to a grammar takes the phrases in any order and number, so single digits are
enough for a number of any length. Words the model lacks are left out by the recogniser.
"""

from __future__ import annotations

from typing import Final

DIGITS: Final = (
    *("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
)
REPEATS: Final = ("double", "triple")
"""As in "double four"."""
TEENS: Final = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
DIGIT_WEIGHT: Final = 8
"""How much likelier a digit is than any other word: a phrase counts as often as it is listed. Of 35
strings of six digits (synthetic voices) 30 were heard exactly with 1, 31 with 2, 34 with 4 and 8;
seven said in pairs ("forty-eight, twelve") always."""

CORRECTIONS: Final = ("no", "not", "sorry")
"""As in "seven, no, eleven"."""
LEAD_INS: Final = (
    *("my order number is", "order number", "it's", "that's", "yes it's", "and"),
    *("my postcode is", "my zip code is", "zip code", "post code"),
)

NUMBER_COMMANDS: Final = (
    *("agent", "operator", "person", "person please", "real person", "human", "representative"),
    *("customer service", "help", "i don't have", "i don't know", "i can't find"),
    *("i don't have my order number", "stop", "cancel", "goodbye"),
    *("repeat", "repeat that", "say that again", "pardon", "hold on", "one moment"),
)
"""What a caller may say instead of a number. Without "to", "a", "for" and "it", which a recogniser
that may hear them puts where "two", "eight" and "four" were said."""

COMMANDS: Final = (
    *("a person", "a person please", "speak to a person", "talk to a person", "a real person"),
    *("a human", "i need help", "i don't have it", "i don't know it", "i can't find it"),
    *NUMBER_COMMANDS,
)
"""What a caller may always say, whatever was asked."""

_NUMBERS: Final = (*DIGITS * DIGIT_WEIGHT, *REPEATS, *TEENS, *TENS)

ORDER_NUMBER: Final = (*_NUMBERS, *CORRECTIONS, *LEAD_INS, *NUMBER_COMMANDS)
POSTCODE: Final = ORDER_NUMBER
YES_NO: Final = (
    *("yes", "yeah", "yep", "yes please", "yes that's right", "that's right", "correct"),
    *("right", "sure", "okay", "please do", "go ahead", "exactly", "of course"),
    *("no", "nope", "no thanks", "no thank you", "that's wrong", "wrong", "not really"),
    *("that's not right", "don't", "never mind", *COMMANDS),
)

BY_EXPECTATION: Final = {
    "order_number": ORDER_NUMBER,
    "postcode": POSTCODE,
    "yes_no": YES_NO,
}
"""By what a reply of the dialogue `expects` (docs/protocol.md). Choices have grammars of their own,
made from the choice; free speech has none."""

FILLERS: Final = (
    *("that", "was", "with", "from", "they", "have", "this", "about", "would", "there"),
    *("people", "could", "which", "because", "other", "after", "great", "where", "my", "your"),
    *("what", "how", "when", "is", "do", "can", "will", "something", "before", "think"),
    *("jacket", "policy", "return", "delivery", "package", "color", "size"),
)
"""Stand for "something else" where a model has no unknown word of its own: common words and the
shop's, none of which sounds like a digit or is short enough to slip in between two."""
