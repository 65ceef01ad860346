"""Makes a Coqui TTS voice of a Piper voice: both are VITS, with other names for the same weights.

python -m speech.coqui_from_piper PIPER_FOLDER OUT

Runs where Coqui TTS is installed (the extra `coqui`, and `onnx`); the voice then needs espeak-ng to turn
text into phonemes. Only voices of one speaker and medium quality are known to work. What training alone
needs (the posterior encoder, the discriminator) is left as it is born.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from TTS.tts.configs.shared_configs import CharactersConfig
from TTS.tts.configs.vits_config import VitsConfig
from TTS.tts.models.vits import Vits, VitsArgs

RENAMED = (
    (r"^enc_p\.", "text_encoder."),
    (r"^dec\.", "waveform_decoder."),
    (r"^dp\.", "duration_predictor."),
    # Coqui doesn't count the flips between the flows
    (r"^(flow\.flows\.)(\d+)", lambda found: f"{found[1]}{int(found[2]) // 2}"),
    (r"^(duration_predictor\.flows\.)(\d+)", lambda found: f"{found[1]}{(int(found[2]) + 1) // 2}"),
    (r"^(duration_predictor\.flows\.0\.)m$", r"\1translation"),
    (r"^(duration_predictor\.flows\.0\.)logs$", r"\1log_scale"),
)
SPECIAL = {"pad": "_", "bos": "^", "eos": "$"}


def piper_weights(model: onnx.ModelProto) -> dict[str, np.ndarray[Any, Any]]:
    """By the names they had in training; where the export renamed a weight, its node still has it."""
    stored = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    weights = {
        name: value for name, value in stored.items() if re.match(r"(enc_p|dec|flow|dp)\.", name)
    }
    for node in model.graph.node:
        if node.op_type == "Conv" and node.input[1].startswith("onnx::"):
            path = node.name.strip("/").removesuffix("/Conv").replace("/", ".")
            weights[f"{path}.weight"] = stored[node.input[1]]
        if node.op_type == "Gather" and node.name.startswith("/enc_p/emb/"):
            weights["enc_p.emb.weight"] = stored[node.input[0]]
    # exp(-logs) was computed when the model was exported
    weights["dp.flows.0.logs"] = -np.log(stored["/dp/flows.0/Exp_output_0"])
    return weights


def renamed(name: str) -> str:
    for pattern, new in RENAMED:
        name = re.sub(pattern, new, name)
    return name


def coqui_config(piper: dict[str, Any]) -> VitsConfig:
    symbols = [s for s in piper["phoneme_id_map"] if s not in SPECIAL.values() and len(s) == 1]
    config = VitsConfig(
        model_args=VitsArgs(
            resblock_type_decoder="2",
            resblock_kernel_sizes_decoder=[3, 5, 7],
            resblock_dilation_sizes_decoder=[[1, 2], [2, 6], [3, 12]],
            upsample_rates_decoder=[8, 8, 4],
            upsample_initial_channel_decoder=256,
            upsample_kernel_sizes_decoder=[16, 16, 8],
            inference_noise_scale=piper["inference"]["noise_scale"],
            inference_noise_scale_dp=piper["inference"]["noise_w"],
            length_scale=piper["inference"]["length_scale"],
        ),
        characters=CharactersConfig(
            characters_class="TTS.tts.utils.text.characters.IPAPhonemes",
            **SPECIAL,
            blank="<BLNK>",
            characters="".join(symbols),
            punctuations="",
            is_unique=False,  # Coqui would put them through a set, in another order at each start
            is_sorted=False,
        ),
        use_phonemes=True,
        phonemizer="espeak",
        phoneme_language=piper["espeak"]["voice"],
        text_cleaner="multilingual_cleaners",
        add_blank=True,
        enable_eos_bos_chars=True,
    )
    config.audio.sample_rate = piper["audio"]["sample_rate"]
    return config


def convert(source: Path, target: Path) -> None:
    (described,) = source.glob("*.onnx.json")
    piper = json.loads(described.read_text(encoding="utf-8"))
    weights = piper_weights(onnx.load(str(described.with_suffix(""))))
    config = coqui_config(piper)
    model = Vits(config)
    state = model.state_dict()

    rows = weights.pop("enc_p.emb.weight")
    ids = piper["phoneme_id_map"]
    vocabulary = [symbol if symbol in ids else "_" for symbol in model.tokenizer.characters.vocab]
    state["text_encoder.emb.weight"] = torch.tensor(rows[[ids[symbol][0] for symbol in vocabulary]])
    for name, value in weights.items():
        key, weight = renamed(name), torch.tensor(value)
        split = key.removesuffix("weight") + "parametrizations.weight.original"
        if f"{split}0" in state:  # weight normalisation keeps length and direction apart
            state[f"{split}0"] = weight.flatten(1).norm(dim=1).view(-1, 1, 1)
            state[f"{split}1"] = weight
        elif state[key].shape == weight.shape:
            state[key] = weight
        else:
            raise SystemExit(
                f"{name} has the shape {tuple(weight.shape)}; is this another quality?"
            )
    model.load_state_dict(state)
    target.mkdir(parents=True, exist_ok=True)
    config.save_json(target / "config.json")
    torch.save({"model": model.state_dict(), "config": config.to_dict()}, target / "model.pth")
    print(f"{len(weights) + 1} weights are in {target}")  # noqa: T201


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
