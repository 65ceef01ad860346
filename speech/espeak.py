"""espeak-ng: the sounds of a text, in the International Phonetic Alphabet.

Piper brings espeak-ng, which is GPL-3.0 as Piper is; it is used here and in `piper_synthesiser.py`,
nowhere else.
"""

from __future__ import annotations

import unicodedata
from typing import Final, cast

import onnxruntime
from piper import PiperVoice
from piper.config import PhonemeType, PiperConfig

from speech.letters import for_espeak

_NO_MODEL: Final = cast("onnxruntime.InferenceSession", None)


class Espeak:
    def __init__(self, voice: str) -> None:
        """`voice`: "en-us", "en-gb", ..."""
        # Piper's own object is asked, not the library under it: espeak has one state for the whole
        # process, which Piper guards with a lock of its own.
        self._piper = PiperVoice(
            session=_NO_MODEL,
            config=PiperConfig(
                num_symbols=0,
                num_speakers=1,
                sample_rate=0,
                espeak_voice=voice,
                length_scale=1.0,
                noise_scale=0.0,
                noise_w_scale=0.0,
                phoneme_id_map={},
                phoneme_type=PhonemeType.ESPEAK,
            ),
        )

    def phonemes(self, text: str) -> str:
        """With its punctuation, stress marks and lengths; composed characters."""
        sentences = self._piper.phonemize(for_espeak(text))
        return unicodedata.normalize("NFC", " ".join("".join(one) for one in sentences))
