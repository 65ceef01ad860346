"""The spoken form of what is easier read than said: numbers, money, times, codes, addresses.

US English. `speakable` turns a text for the eye into one for the ear; the other functions take what
the shop's data holds and give words a synthesiser can't misread.
"""

from speech.spoken.calendar import clock_time, day
from speech.spoken.codes import code, email, phone
from speech.spoken.money import amount
from speech.spoken.numbers import cardinal, decimal, digits, ordinal, spelled, year
from speech.spoken.places import address
from speech.spoken.text import speakable

__all__ = [
    "address",
    "amount",
    "cardinal",
    "clock_time",
    "code",
    "day",
    "decimal",
    "digits",
    "email",
    "ordinal",
    "phone",
    "speakable",
    "spelled",
    "year",
]
