"""Marks of this folder."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "coqui: needs Coqui TTS and PyTorch (docs/speech.md)")
