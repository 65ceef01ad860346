"""Settings are checked at start, and errors name them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.commands.settings import as_markdown
from bot.settings import ROOT, SettingsError, load_settings

SECRETS = {
    "WARMLINE_PUBLIC_URL": "https://help.example.com",
    "WARMLINE_REST_SECRET": "r" * 20,
    "WARMLINE_IDENTITY_SECRET": "i" * 40,
}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WARMLINE_PORT", "eighty", "WARMLINE_PORT"),
        ("WARMLINE_PORT", "99999", "WARMLINE_PORT"),
        ("WARMLINE_MODE", "live", "WARMLINE_MODE"),
        ("WARMLINE_PROT", "8080", "WARMLINE_PROT"),
        ("WARMLINE_DATABASE_URL", "mysql://x", "WARMLINE_DATABASE_URL"),
        ("WARMLINE_ENGINE_PORT", "8080", "WARMLINE_ENGINE_PORT"),
        ("WARMLINE_IDENTITY_SECRET", "short", "WARMLINE_IDENTITY_SECRET"),
        ("WARMLINE_MODE", "production", "WARMLINE_PUBLIC_URL"),
        ("WARMLINE_SETTINGS", "typo.toml", "WARMLINE_SETTINGS"),
        ("WARMLINE_LANGUAGES", "en,xx", "WARMLINE_LANGUAGES.*xx"),
        ("WARMLINE_LANGUAGES", "../en", "WARMLINE_LANGUAGES"),
        ("WARMLINE_LANGUAGES", "en,en", "WARMLINE_LANGUAGES: each language once"),
        ("WARMLINE_LANGUAGES", "", "WARMLINE_LANGUAGES"),
        ("WARMLINE_PRESENCE_S", "10", "WARMLINE_PRESENCE_S"),
    ],
)
def test_a_bad_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=says):
        load_settings()


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_REST_SECRET", "hunter2")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert "hunter2" not in str(error.value)


def test_environment_before_file_before_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "warmline.toml"
    file.write_text('port = 9001\nshop_name = "Fir & Fern"\n')
    monkeypatch.setenv("WARMLINE_SETTINGS", str(file))
    monkeypatch.setenv("WARMLINE_PORT", "9002")
    settings = load_settings()
    assert (settings.port, settings.shop_name, settings.host) == (9002, "Fir & Fern", "127.0.0.1")
    file.write_text("prot = 9001\n")
    with pytest.raises(SettingsError, match="WARMLINE_PROT"):
        load_settings()
    file.write_text("port = = 1")
    with pytest.raises(SettingsError, match="not readable"):
        load_settings()


def test_production_with_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_MODE", "production")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    assert not load_settings().demo


def test_sites_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_ALLOWED_SITES", "https://a.example, https://b.example")
    assert load_settings().allowed_sites == ["https://a.example", "https://b.example"]


def test_each_language_has_an_engine_and_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_LANGUAGES", "en, zh")
    settings = load_settings()
    assert settings.engine_ports == {"en": 5005, "zh": 5006}
    monkeypatch.setenv("WARMLINE_ACTIONS_PORT", "5006")
    with pytest.raises(SettingsError, match="different ports"):
        load_settings()
    monkeypatch.setenv("WARMLINE_ENGINE_PORT", "65535")
    with pytest.raises(SettingsError, match="WARMLINE_ENGINE_PORT"):
        load_settings()


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh_Hans_CN", "zh"),
        ("ZH-tw", "zh"),
        ("en-GB", "en"),
        ("de-DE", "en"),  # not spoken: the first one
        ("zhuang", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_locale_finds_its_language(locale: str | None, language: str) -> None:
    assert load_settings(languages="en,zh").language_of(locale) == language


def test_the_command_ends_with_2_and_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        cwd=ROOT,
        env={"PATH": "/usr/bin", "WARMLINE_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Settings: WARMLINE_PORT")


def test_the_documented_settings_are_these() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == as_markdown() + "\n"
