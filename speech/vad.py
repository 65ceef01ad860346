"""Whether somebody is speaking: Silero's voice activity detector (version 5 and later), as ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from speech.audio import AudioError, to_float
from speech.onnx import open_session

RATE_HZ: Final = 16_000
FRAME_SAMPLES: Final = 512
"""32 ms, the one frame length the model was trained for at 16 kHz."""
FRAME_BYTES: Final = 2 * FRAME_SAMPLES
_CONTEXT_SAMPLES: Final = 64
"""The end of the frame before, which the model wants in front of each frame."""


class VoiceActivityModel:
    """The loaded model, shared by all calls; each call has a `VoiceActivity` of its own."""

    def __init__(self, folder: Path) -> None:
        """`folder` is what the catalogue says for the role `vad`."""
        self.session: onnxruntime.InferenceSession = open_session(folder / "silero_vad.onnx")

    def listen(self) -> VoiceActivity:
        return VoiceActivity(self)


class VoiceActivity:
    """One stream of sound. The model remembers what it heard, so frames must come in order."""

    def __init__(self, model: VoiceActivityModel) -> None:
        self._session = model.session
        self.reset()

    def reset(self) -> None:
        """Forgets what was heard; for the start of another stream."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._window = np.zeros((1, _CONTEXT_SAMPLES + FRAME_SAMPLES), np.float32)

    def probability(self, frame: NDArray[np.float32] | NDArray[np.int16] | bytes) -> float:
        """How likely speech is in these FRAME_SAMPLES samples at RATE_HZ, 0 to 1.

        float32 within [-1, 1], int16, or the bytes of int16. Takes 0.3 ms.
        """
        values = np.frombuffer(frame, "<i2") if isinstance(frame, bytes) else frame
        if values.shape != (FRAME_SAMPLES,):
            raise AudioError(
                f"Voice activity is judged in frames of {FRAME_SAMPLES} samples, "
                f"not {values.shape}."
            )
        if values.dtype == np.int16:
            values = to_float(values.astype(np.int16))
        self._window[0, :_CONTEXT_SAMPLES] = self._window[0, -_CONTEXT_SAMPLES:]
        self._window[0, _CONTEXT_SAMPLES:] = values
        probability, self._state = self._session.run(
            None,
            {"input": self._window, "state": self._state, "sr": np.array(RATE_HZ, np.int64)},
        )
        return float(probability[0, 0])
