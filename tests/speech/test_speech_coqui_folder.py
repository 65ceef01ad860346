"""A folder that holds no Coqui model says so, whether or not Coqui is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from speech.coqui_synthesiser import CoquiSynthesiser


def test_a_folder_without_a_model_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no config\.json and 0 model files"):
        CoquiSynthesiser(tmp_path)


def test_two_models_in_one_folder_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model": "vits"}')
    (tmp_path / "a.pth").touch()
    (tmp_path / "b.pth").touch()
    with pytest.raises(FileNotFoundError, match="2 model files"):
        CoquiSynthesiser(tmp_path)
