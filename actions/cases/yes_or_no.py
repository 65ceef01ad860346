"""Whether somebody said yes or no. What is done upon it can't be undone: in doubt it was neither."""

from __future__ import annotations

import re

_YESES = (
    r"yes|yeah|yep|yup|sure|ok|okay|correct|right|exactly|absolutely|definitely|of course|please do|"
    r"do it|go ahead|go for it|sounds good|fine|perfect"
)
_YES = re.compile(
    rf"^(?:(?:oh|well|um+|uh+)[, ]+)?(?:{_YESES}|ya|k|that'?s (?:right|correct|fine|it|good)|"
    r"confirm(?:ed)?|agreed|deal|i(?:'?d| would) (?:like|love) that)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^(?:(?:oh|well|um+|uh+|actually)[, ]+)?(?:no|nope|nah|not|don'?t|do not|never|wrong|incorrect|"
    r"negative|rather not|i'?d rather not|leave it|stop|cancel that|that'?s (?:wrong|not))\b",
    re.IGNORECASE,
)
_HOLDS = re.compile(
    r"\b(?:no|not|nope|don'?t|do not|wait|hold on|stop|but|before|instead|unless|only if|rather|"
    r"never|leave it)\b",
    re.IGNORECASE,
)
"""Behind a yes: takes it back, or ties something to it."""
_WHY_NOT = re.compile(r"\bwhy not\b", re.IGNORECASE)
_NO_PROBLEM = re.compile(r"^no (?:problem|worries)[,. ]+(?:go|do|please|yes|that)\b", re.IGNORECASE)
_UNSURE = re.compile(
    r"^(?!no\b|nope\b).*\b(?:not (?:so |quite |really |entirely )?(?:sure|certain)|unsure|dunno|"
    r"(?:don'?t|do not) know|maybe|perhaps|let me think|have to think)\b",
    re.IGNORECASE,
)
"""Neither yes nor no, whatever it is read as: "not sure" must not cancel anything."""
_SAYS_YES = re.compile(
    rf"\b(?:{_YESES}|yea|all ?right|true|certainly|indeed|totally|by all means|go on|do (?:that|so)|"
    r"do please|sounds great|that works|works for me|good|great|i (?:do|would|agree|confirm)|"
    r"i'?d (?:like|love)|uh[ -]?huh|mm?[ -]?hmm?)\b",
    re.IGNORECASE,
)
"""One of these is in a yes, wherever it stands."""
_MISHEARD = re.compile(r"^(?:(?:oh|well|um+|uh+) )?(?:not? please|not right)$", re.IGNORECASE)
"""What recognisers make of "yes, please" and "that's right" now and then (bench/yes_no.py)."""


def yes_or_no(text: str, intent: str, *, heard: bool = False) -> bool | None:
    """Whether the words say yes or no to a question; None where they say neither, or both: "ok wait,
    don't" and "ok, but what does it cost?" are no yes. `heard`: by a recogniser, which loses words;
    "please it" may have been "no, leave it", so only what has a yes in it is one."""
    if _UNSURE.search(text) or (heard and _MISHEARD.search(text)):
        return None
    if _NO_PROBLEM.search(text):
        return True
    yes, no = _YES.search(text), _NO.search(text)
    behind = _WHY_NOT.sub("", text[yes.end() :] if yes else text)
    first = re.split(r"(?<=[.!;])\s", behind, maxsplit=1)[0]
    held = bool(_HOLDS.search(behind)) or "?" in first
    if no:
        return False
    if yes:
        return None if held or intent == "deny" else True
    if intent == "affirm":
        return None if held or (heard and not _SAYS_YES.search(text)) else True
    return False if intent == "deny" else None
