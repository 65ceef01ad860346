"""A recogniser's language model, adapted to what its callers say.

adapted = adapt(sentences, acoustics=…, general=…, into=models / "adapted-en")
ear = VoskRecogniser(adapted.folder)

`acoustics` is a Vosk model whose sounds and lexicon are used; `general` one whose language model is
mixed with that of the sentences (alone it would break everything else). They need not be the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speech.compounds import Compounds, write_compounds, write_names
from speech.language_model.backoff import NONE, ROOT, BackoffModel
from speech.language_model.counting import estimate
from speech.language_model.mixing import mix
from speech.language_model.ngram_fst import NotReadable, read_ngrams, read_words
from speech.language_model.text import spoken_words
from speech.language_model.writing import write_fst

__all__ = ["WEIGHT", "Adapted", "NotReadable", "adapt"]

WEIGHT = 0.5
"""The sentences' share of each likelihood; docs/benchmarks.md ("Ears") compares."""
FORMAT = 2
"""Of what this package makes (and of how `spoken_words` reads): another one makes every model anew."""
RARE_COST = 9.0
"""From this cost in the general model on (one word in 8,000) a word of a name tells that the name was
said: "kestrel", not "jacket"."""
GRAMMAR = Path("graph", "Gr.fst")
WORDS = Path("graph", "words.txt")
NEEDED = (Path("am", "final.mdl"), Path("graph", "HCLr.fst"), WORDS)


@dataclass(frozen=True, slots=True)
class Adapted:
    folder: Path
    """A complete Vosk model."""
    made: bool
    """False: it was there already, made from the same."""
    missing: Sequence[str] = ()
    """Words of the sentences that can't be heard: the lexicon has neither them nor their parts; the
    most frequent first. Only told when it is made."""


def adapt(
    sentences: Sequence[str],
    names: Sequence[str] = (),
    *,
    acoustics: Path,
    general: Path,
    into: Path,
    weight: float = WEIGHT,
) -> Adapted:
    """Takes about 10 s; nothing if `into` was made from the same inputs. `into` becomes a link to a
    folder beside it and is exchanged in one step, so whoever loads it gets the old or the new model,
    whole.

    `names` (of products) are learnt as well. They are known to be spelt right, so a word of theirs
    that the lexicon has in two parts only can be heard, too; speech.compounds.read_names tells them.

    Raises NotReadable where `general` has no language model to mix with, FileNotFoundError where
    `acoustics` is no Vosk model with a replaceable one, ValueError for a weight outside 0 to 1 or no
    sentences."""
    for path in NEEDED:
        if not (acoustics / path).is_file():
            raise FileNotFoundError(f"{acoustics} can't be adapted: it has no {path}")
    digest = _digest(sentences, names, acoustics, general, weight)
    target = into.with_name(f"{into.name}-{digest}")
    if into.is_symlink() and into.resolve() == target.resolve() and target.is_dir():
        return Adapted(into, made=False)
    into.parent.mkdir(parents=True, exist_ok=True)
    missing: Sequence[str] = ()
    if not target.is_dir():
        with tempfile.TemporaryDirectory(dir=into.parent, prefix=".adapting-") as scratch:
            made = Path(scratch, "model")
            _copy(acoustics, made)
            missing = _write_model(sentences, names, made, general, weight)
            try:
                made.rename(target)
            except OSError:
                if not target.is_dir():  # else another process was quicker, with the same
                    raise
    _point(into, target)
    return Adapted(into, made=True, missing=missing)


def _write_model(
    sentences: Sequence[str], names: Sequence[str], made: Path, general: Path, weight: float
) -> Sequence[str]:
    """Writes `made`'s language model; returns the words it lacks."""
    words = read_words(made / WORDS)
    labels = max(words.values()) + 1
    theirs = read_words(general / WORDS)
    translation = [NONE] * (max(theirs.values()) + 1)
    for word, number in theirs.items():
        translation[number] = words.get(word, NONE)
    common = read_ngrams(general / GRAMMAR, translation, labels)
    compounds = Compounds(words, {word for name in names for word in spoken_words(name)})
    told = [compounds.taken_apart(spoken_words(sentence)) for sentence in (*sentences, *names)]
    special = estimate(([words.get(word) for word in said] for said in told), labels)
    write_fst(mix(common, special, weight), made / GRAMMAR)
    write_compounds(compounds.used, made)
    write_names(_telling(names, words, common, compounds), made)
    return compounds.missing


def _telling(
    names: Sequence[str], words: dict[str, int], common: BackoffModel, compounds: Compounds
) -> set[str]:
    """The words of names that are rare elsewhere."""
    told = sorted({word for name in names for word in spoken_words(name)} & words.keys())
    ids = np.array([words[word] for word in told], np.int64)
    costs = common.costs(np.full(len(told), ROOT), ids)
    return {word for word, cost in zip(told, costs, strict=True) if cost >= RARE_COST} | set(
        compounds.used
    )


def _digest(
    sentences: Sequence[str], names: Sequence[str], acoustics: Path, general: Path, weight: float
) -> str:
    told = [FORMAT, weight, sorted(sentences), sorted(names)]
    digest = hashlib.sha256(json.dumps(told).encode())
    for path in (*(acoustics / needed for needed in NEEDED), general / GRAMMAR, general / WORDS):
        if not path.is_file():
            raise NotReadable(f"{general} has no language model to mix with: {path} is missing")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:12]


def _copy(model: Path, to: Path) -> None:
    """All but its language model; links to its files where the file system can, for they are large
    and never written again."""

    def link(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)

    shutil.copytree(
        model.resolve(), to, copy_function=link, ignore=shutil.ignore_patterns(GRAMMAR.name)
    )


def _point(link: Path, target: Path) -> None:
    """Exchanges the link in one step and removes what it no longer points to."""
    before = link.resolve() if link.is_symlink() else None
    new = link.with_name(f".{link.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    new.symlink_to(target.name)
    if link.is_dir() and not link.is_symlink():
        raise FileExistsError(f"{link} is a folder of somebody's, not a link made here; move it")
    new.replace(link)
    for old in link.parent.glob(f"{link.name}-*"):
        if old.resolve() not in (target.resolve(), before):  # `before` may be loading right now
            shutil.rmtree(old, ignore_errors=True)
