"""Coqui TTS as the mouth: any model of its family, an integrator's own voice among them.

`TTS` (MPL-2.0) brings PyTorch and is installed by those who want it: the extra `coqui`, and see
docs/speech.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from speech.audio import from_float
from speech.sentences import split_sentences

PAUSE_SECONDS: Final = 0.18
"""Between two sentences of one `speak`."""
_PADDING: Final = 10_000
"""Samples of silence that Coqui puts after each sentence, whatever the rate."""
_FROM_FOLDER: Final = frozenset({"xtts", "bark", "tortoise"})
"""Models of several files, which load themselves from their folder."""


class CoquiSynthesiser:
    """Implements `Synthesiser`."""

    def __init__(
        self, folder: Path, *, speaker: str | None = None, language: str | None = None
    ) -> None:
        """`folder` holds `config.json` and one model file (`*.pth`, else `*.pt`), and for models that
        make spectrograms a folder `vocoder` with the same two. `speaker`, `language`: for models with
        several. Raises FileNotFoundError for a folder that isn't one, ImportError without Coqui, and
        what Coqui raises for a model it can't load."""
        config, model = _model_in(folder)
        vocoder_config, vocoder = (
            _model_in(folder / "vocoder") if (folder / "vocoder").is_dir() else (None, None)
        )
        import torch
        from TTS.utils.synthesizer import Synthesizer

        torch.set_num_threads(1)  # as `open_session`: calls run side by side, each on a core
        self._synthesizer = Synthesizer(
            tts_checkpoint=model,
            tts_config_path=config,
            vocoder_checkpoint=vocoder,
            vocoder_config=vocoder_config,
            use_cuda=torch.cuda.is_available(),
        )
        self._speaker, self._language = speaker, language

    @property
    def rate_hz(self) -> int:
        return int(self._synthesizer.output_sample_rate)

    def speak(self, text: str) -> Iterator[bytes]:
        pause = b""
        for sentence in split_sentences(text):
            wave = np.asarray(
                self._synthesizer.tts(
                    sentence,
                    speaker_name=self._speaker,
                    language_name=self._language,
                    split_sentences=False,
                ),
                np.float32,
            )
            yield pause + from_float(wave[:-_PADDING]).tobytes()
            pause = bytes(2 * int(self.rate_hz * PAUSE_SECONDS))


def _model_in(folder: Path) -> tuple[Path, Path]:
    """The configuration, and the model's file or folder."""
    config = folder / "config.json"
    models = sorted(folder.glob("*.pth")) or sorted(folder.glob("*.pt"))
    if config.is_file():
        kind = json.loads(config.read_text(encoding="utf-8")).get("model")
        if kind in _FROM_FOLDER and models:
            return config, folder
        if len(models) == 1:
            return config, models[0]
    raise FileNotFoundError(
        f"{folder} should hold one Coqui model (config.json and one *.pth), but holds "
        f"{'a' if config.is_file() else 'no'} config.json and {len(models)} model files."
    )
