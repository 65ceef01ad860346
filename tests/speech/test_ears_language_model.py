"""Language models: estimated, read, mixed and written; and a recogniser that learns a shop's words."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from speech import audio
from speech.catalogue import Catalogue, ModelMissing
from speech.compounds import Compounds, joined, read_compounds, read_names, write_compounds
from speech.language_model import adapt
from speech.language_model.backoff import ROOT, BackoffModel
from speech.language_model.counting import estimate
from speech.language_model.mixing import mix
from speech.language_model.ngram_fst import NotReadable, read_ngrams, read_words
from speech.language_model.text import spoken_words
from speech.language_model.writing import ARC, STATE, write_fst
from speech.vosk_recogniser import VoskRecogniser

RECORDINGS = Path(__file__).parents[1] / "recordings"
WORDS = ["where", "is", "my", "order", "parcel", "thank", "you", "the", "alder", "jacket"]
IDS = {word: number for number, word in enumerate(WORDS, 1)}
LABELS = len(WORDS) + 1
GENERAL = ["thank you", "where is the order", "where is the jacket", "the order is my order"]
SHOP = ["where is my parcel", "where is my order", "the alder jacket", "my alder jacket"]


def model(sentences: Sequence[str]) -> BackoffModel:
    return estimate(([IDS[word] for word in said.split()] for said in sentences), LABELS)


def history(of: BackoffModel, *words: str) -> int:
    """The state after a sentence has begun with these words."""
    state = of.child(np.array([ROOT]), np.array([0]))
    for word in words:
        state = of.after(state, np.array([IDS[word]]))
    return int(state[0])


def likelihood(of: BackoffModel, said: str, following: str) -> float:
    state = np.array([history(of, *said.split())])
    return math.exp(-of.costs(state, np.array([IDS[following]]))[0])


def sums(of: BackoffModel) -> list[float]:
    """Of all likelihoods after each history."""
    labels = np.arange(1, LABELS + 1)
    return [
        float(np.exp(-of.costs(np.full(len(labels), state), labels)).sum())
        for state in range(of.states)
    ]


def test_after_every_history_the_likelihoods_add_up_to_one() -> None:
    for made in (model(GENERAL), model(SHOP), mix(model(GENERAL), model(SHOP), 0.3)):
        assert sums(made) == pytest.approx([1.0] * made.states, abs=1e-6)


def test_what_was_said_often_is_likely_and_the_rest_is_not_lost() -> None:
    shop = model(SHOP)
    assert likelihood(shop, "where is", "my") > 0.5
    assert 0 < likelihood(shop, "where is", "jacket") < 0.1
    assert likelihood(shop, "where is", "thank") == 0  # never said at all


def test_a_mixture_lies_between_its_two_by_weight() -> None:
    general, shop = model(GENERAL), model(SHOP)
    for weight in (0.2, 0.5, 0.8):
        mixed = mix(general, shop, weight)
        for said, following in [
            ("where is", "my"), ("where is", "the"), ("the", "alder"), ("", "thank"), ("", "my"),
        ]:  # fmt: skip
            wanted = weight * likelihood(shop, said, following)
            wanted += (1 - weight) * likelihood(general, said, following)
            assert likelihood(mixed, said, following) == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("weight", [0.0, 1.0, 1.5])
def test_alone_neither_is_a_mixture(weight: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        mix(model(GENERAL), model(SHOP), weight)


def test_nothing_is_learnt_across_a_word_that_cannot_be_heard() -> None:
    with_gap = estimate([[IDS["where"], None, IDS["order"]]], LABELS)
    assert history(with_gap, "where") == ROOT  # nothing is known to follow it
    assert likelihood(with_gap, "", "where") > likelihood(with_gap, "", "order") > 0
    with pytest.raises(ValueError, match="no sentences"):
        estimate([], LABELS)


def test_the_longest_history_there_is_comes_after_a_word() -> None:
    shop = model(SHOP)
    assert shop.depth[history(shop, "where", "is")] == 2
    assert shop.depth[history(shop, "my", "where")] == 1  # nobody ever said that
    assert history(shop, "thank") == ROOT


# --- Files ---


def written(of: BackoffModel, path: Path) -> dict[int, dict[int, tuple[float, int]]]:
    """What was written, read again by its format: state -> label -> (cost, next state); the final
    weight has the label of the end."""
    write_fst(of, path)
    raw = path.read_bytes()
    states = struct.unpack_from("<q", raw, 50)[0]
    at, told = 66, {}
    for number in range(states):
        end, count = np.frombuffer(raw, STATE, 1, at)[0]
        at += STATE.itemsize
        arcs = np.frombuffer(raw, ARC, count, at)
        at += arcs.nbytes
        assert list(arcs["input"]) == sorted(arcs["input"])
        assert list(arcs["input"]) == list(arcs["output"])
        told[number] = {int(a["input"]): (float(a["cost"]), int(a["next"])) for a in arcs}
        if math.isfinite(end):
            told[number][of.end] = (float(end), -1)
    assert at == len(raw)
    return told


def test_a_sentence_costs_in_the_file_what_it_costs_in_the_model(tmp_path: Path) -> None:
    mixed = mix(model(GENERAL), model(SHOP), 0.5)
    states = written(mixed, tmp_path / "Gr.fst")
    for said in (*SHOP, *GENERAL, "thank my parcel", "jacket you"):
        state, total, wanted = history(mixed), 0.0, 0.0
        walker = np.array([state])
        for label in [*(IDS[word] for word in said.split()), mixed.end]:
            wanted += float(mixed.costs(walker, np.array([label]))[0])
            walker = mixed.after(walker, np.array([label])) if label != mixed.end else walker
            while label not in states[state]:
                cost, state = states[state][0]
                total += cost
            cost, onward = states[state][label]
            total, state = total + cost, onward
        assert total == pytest.approx(wanted, abs=1e-4)


def test_what_is_no_language_model_is_said_to_be_none(tmp_path: Path) -> None:
    write_fst(model(SHOP), tmp_path / "vector.fst")
    with pytest.raises(NotReadable, match="type 'vector'"):
        read_ngrams(tmp_path / "vector.fst", [-1], LABELS)
    (tmp_path / "nonsense").write_bytes(b"GIF89a" * 20)
    with pytest.raises(NotReadable):
        read_ngrams(tmp_path / "nonsense", [-1], LABELS)


def test_written_sentences_become_words_somebody_says() -> None:
    for written_, said in {
        "Where's order 482-915?": "where's order four eight two nine one five",
        "482 915": "four eight two nine one five",
        "2 tents, please!": "two tents please",
        "zip 02171": "zip zero two one seven one",
        "my mail is ana.l@example.com": "my mail is ana dot l at example dot com",
        "the [navy](colour) one": "the navy one",
        "it’s 20% off": "it's twenty percent off",
    }.items():
        assert " ".join(spoken_words(written_)) == said


# --- Compounds ---


def test_only_a_name_is_taken_apart_and_comes_back_whole(tmp_path: Path) -> None:
    compounds = Compounds({"day", "pack", "can", "cell", "the"}, names={"daypack", "shuksan"})
    assert compounds.taken_apart(["the", "daypack"]) == ["the", "day", "pack"]
    assert compounds.taken_apart(["cancell", "shuksan"]) == ["cancell", "shuksan"]
    assert sorted(compounds.missing) == ["cancell", "shuksan"]
    write_compounds(compounds.used, tmp_path)
    read = read_compounds(tmp_path)
    heard = joined([("the", 0.0, 0.2), ("day", 0.2, 0.4), ("pack", 0.4, 0.8)], read)
    assert heard == [("the", 0.0, 0.2), ("daypack", 0.2, 0.8)]


# --- The real thing ---

TAUGHT = ["do you have the Alder Rainjacket in red", "the Alder Rainjacket in navy please"] * 3
NAMES = ["Alder Rainjacket", "zyzzlewort"]


def found(role: str) -> Path:
    try:
        return Catalogue.load().path(role, "en")
    except ModelMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recogniser that was taught a few sentences of a shop."""
    into = tmp_path_factory.mktemp("models") / "adapted-en"
    acoustics, general = found("acoustics"), found("general_language")
    adapted = adapt(
        TAUGHT,
        NAMES,
        acoustics=acoustics, general=general, into=into,
    )  # fmt: skip
    assert adapted.made
    assert "zyzzlewort" in adapted.missing
    return into


@pytest.mark.speech
def test_a_general_language_model_is_read_whole() -> None:
    folder = found("general_language")
    words = read_words(folder / "graph" / "words.txt")
    labels = max(words.values()) + 1
    read = read_ngrams(folder / "graph" / "Gr.fst", range(labels), labels)
    everything = np.arange(1, labels + 1)
    for state in (ROOT, 1, 7, read.states - 1):
        total = np.exp(-read.costs(np.full(labels, state), everything)).sum()
        assert total == pytest.approx(1.0, abs=0.01)
    thank = read.child(np.array([ROOT]), np.array([words["thank"]]))
    assert math.exp(-read.costs(thank, np.array([words["you"]]))[0]) > 0.5


@pytest.mark.speech
def test_a_taught_recogniser_hears_the_shops_words(taught: Path) -> None:
    sound = audio.read_wav(RECORDINGS / "alder-red-bella-16k.wav")
    texts = {}
    for name, folder in {"taught": taught, "untaught": found("general_language")}.items():
        stream = VoskRecogniser(folder).stream(sound.rate_hz)
        stream.feed(sound.pcm)
        texts[name] = stream.finish().text
    assert texts["taught"] == "do you have the alder rainjacket in red"
    assert "alder" not in texts["untaught"]
    assert read_names(taught) == {"alder", "rainjacket"}
    assert read_names(found("acoustics")) == frozenset()


@pytest.mark.speech
def test_it_is_made_once_and_exchanged_whole(taught: Path) -> None:
    acoustics, general = found("acoustics"), found("general_language")
    again = adapt(
        TAUGHT,
        NAMES,
        acoustics=acoustics, general=general, into=taught,
    )  # fmt: skip
    assert not again.made
    assert taught.is_symlink()
    assert [path.name for path in taught.parent.iterdir() if path.name.startswith(".")] == []
    assert (acoustics / "am" / "final.mdl").is_file()
    assert not (acoustics / "graph" / "Gr.fst").exists()


def test_a_folder_that_is_no_recogniser_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="can't be adapted"):
        adapt(["hello"], acoustics=tmp_path, general=tmp_path, into=tmp_path / "adapted")
