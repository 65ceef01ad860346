"""How well the assistant understands: `python -m bench.nlu` (`--quick`: one fold of the five).

- **Cross-validation**: five folds; paraphrases of one template share a fold (`nlu_sets.folds`), so that
  no sentence is tested whose twin was learnt. `nlu_fallback` counts as wrong.
- **Robustness**: the same test folds, spoilt. Keywords are asked of contact reasons and of questions
  about products and the shop only; "yes" and "what did you say" have none.
- **Held out**: customer utterances that no model is trained on, with the model of all examples.
- **Unrelated**: how many of 300 unrelated questions are turned away, and how many customers wrongly.

The understanding is trained and asked by engine/nlu_trial.py in the engine's environment, with the
components of config.yml.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bench.nlu_sets import (
    HELD_OUT,
    ROOT,
    UNRELATED,
    Example,
    as_heard,
    examples,
    folds,
    keywords,
    listed,
    with_typos,
    without_punctuation,
)
from bench.table import show
from bot.commands.parts import ENGINE_PYTHON, engine_environment
from bot.settings import load_settings
from engine.numbers_spoken import find_numbers

FOLDS = 5
SEED = 1
TURNED_AWAY = {"out_of_scope", "nlu_fallback"}
TALK = {
    "greet", "goodbye", "thank", "affirm", "deny", "repeat_that", "slower_please", "correct_last",
    "what_can_you_do", "are_you_a_bot", "never_mind", "out_of_scope", "give_number",
    "no_order_number", "give_address", "choose",
}  # fmt: skip
SPOILT: dict[str, Callable[[str], str]] = {
    "clean": lambda text: text,
    "typos": lambda text: with_typos(text, SEED),
    "no punctuation": without_punctuation,
    "keywords only": keywords,
    "as heard": lambda text: as_heard(text, SEED),
}

Pairs = list[tuple[str, str]]
"""(the intent meant, the intent read)"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.nlu")
    parser.add_argument("--quick", action="store_true", help="one fold instead of five")
    parser.add_argument("--errors", action="store_true", help="every error of the clean folds")
    options = parser.parse_args()

    known, held_out, unrelated = examples(), listed(HELD_OUT), listed(UNRELATED)
    parts = folds(known, FOLDS, SEED)
    tests = [[known[index] for index in part] for part in parts[: 1 if options.quick else FOLDS]]
    asked = [
        {
            "train": [
                known[index] for part in parts if part is not parts[number] for index in part
            ],
            "read": [spoil(one.text) for spoil in SPOILT.values() for one in test],
        }
        for number, test in enumerate(tests)
    ]
    whole = {"train": known, "read": [one.text for one in held_out + unrelated]}
    *answers, last = _ask([*asked, whole])

    read = _by_column(tests, answers)
    clean = read["clean"]
    names = sorted({one.intent for one in held_out})
    scores = [
        (column, _percent(pairs), _percent(_of(pairs, names)), 100 * macro_f1(pairs))
        for column, pairs in read.items()
    ]
    show(
        f"Understanding: {len(known)} examples, {len(tests)} of {FOLDS} folds",
        ["sentences", "accuracy %", f"the {len(names)} reasons %", "macro-F1 %"],
        [(name, *(f"{value:.1f}" for value in values)) for name, *values in scores],
    )
    confused = Counter(pair for pair in clean if pair[0] != pair[1]).most_common(20)
    show("Confused most", ["meant", "read", "times"], [(*pair, str(n)) for pair, n in confused])
    if options.errors:
        meant_texts = [one for test in tests for one in test]
        wrong = [(*pair, one.text) for pair, one in zip(clean, meant_texts, strict=True)]
        show("Errors", ["meant", "read", "text"], [row for row in wrong if row[0] != row[1]])

    held = [(one.intent, intent) for one, (intent, _) in zip(held_out, last, strict=False)]
    away = [intent in TURNED_AWAY for intent, _ in last[len(held_out) :]]
    in_scope = [pair for pair in clean if pair[0] != "out_of_scope"]
    show(
        "Strangers",
        ["", "%"],
        [
            (f"held out: {len(held)} utterances, right", f"{_percent(held):.1f}"),
            (
                f"unrelated: {len(away)} questions, turned away",
                f"{100 * sum(away) / len(away):.1f}",
            ),
            ("held out, turned away", f"{_share_away(held):.1f}"),
            ("in-scope test sentences, turned away", f"{_share_away(in_scope):.1f}"),
            ("numbers in examples read with right digits (F1)", f"{100 * number_f1(known):.1f}"),
        ],
    )
    weakest = sorted((_percent(_of(held, [name])), name) for name in names)[:8]
    show("Held out: weakest", ["intent", "%"], [(name, f"{value:.0f}") for value, name in weakest])
    return 0


def _ask(trials: Sequence[Mapping[str, object]]) -> list[list[tuple[str, float]]]:
    done = subprocess.run(
        [str(ENGINE_PYTHON), "-m", "engine.nlu_trial"],
        input=json.dumps({"folds": trials}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        env=engine_environment(load_settings(), "en"),
    )
    answers: list[list[tuple[str, float]]] = json.loads(done.stdout)
    return answers


def _by_column(
    tests: Sequence[Sequence[Example]], answers: Sequence[Sequence[tuple[str, float]]]
) -> dict[str, Pairs]:
    read: dict[str, Pairs] = {column: [] for column in SPOILT}
    for test, answer in zip(tests, answers, strict=True):
        for number, column in enumerate(SPOILT):
            here = answer[number * len(test) : (number + 1) * len(test)]
            read[column] += [
                (one.intent, intent)
                for one, (intent, _) in zip(test, here, strict=True)
                if column != "keywords only" or one.intent not in TALK
            ]
    return read


def _of(pairs: Pairs, names: Sequence[str]) -> Pairs:
    return [pair for pair in pairs if pair[0] in names]


def _percent(pairs: Pairs) -> float:
    return 100 * sum(meant == read for meant, read in pairs) / len(pairs)


def _share_away(pairs: Pairs) -> float:
    return 100 * sum(read in TURNED_AWAY for _, read in pairs) / len(pairs)


def macro_f1(pairs: Pairs) -> float:
    """The mean of the F1 of all intents that were meant."""
    meant, read = Counter(one for one, _ in pairs), Counter(one for _, one in pairs)
    right = Counter(one for one, other in pairs if one == other)
    return sum(2 * right[name] / (meant[name] + read[name]) for name in meant) / len(meant)


def number_f1(known: Sequence[Example]) -> float:
    """Of the written numbers of four digits and more in the examples, digit for digit. Entities are
    read by rule (engine/numbers_spoken.py) and not annotated; spoken forms are tests/dialogue's."""
    right = found = wanted = 0
    for example in known:
        digits = "".join(letter for letter in example.text if letter.isdigit())
        if len(digits) < 4 or "-" in example.text:
            continue
        numbers = find_numbers(example.text)
        wanted += 1
        found += bool(numbers)
        right += "".join(str(number.value) for number in numbers) == digits
    return 2 * right / (found + wanted) if found + wanted else 1.0


if __name__ == "__main__":
    sys.exit(main())
