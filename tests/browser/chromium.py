"""Debian's Chromium, headless, for tests: used when it is there, required when CI=true."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver

from tests.services import need

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

FAKE_MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")

SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""A folder where scenes leave pictures to be looked at; none are taken without it."""


@contextmanager
def chromium(
    profile: Path,
    *,
    size: str = "1280,800",
    microphone: Path | None = None,
    flags: Sequence[str] = (),
) -> Iterator[webdriver.Chrome]:
    """A browser with a profile of its own. `microphone`: a WAV file that is spoken into it, once."""
    driver_path = shutil.which("chromedriver")
    need("Chromium (Debian's chromium and chromium-driver)", driver_path is not None)
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    wanted = [*FLAGS, *flags, f"--user-data-dir={profile}", f"--window-size={size}"]
    if microphone:
        wanted += [*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={microphone}%noloop"]
    for flag in wanted:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))
    try:
        yield driver
    finally:
        driver.quit()


def picture(driver: webdriver.Chrome, name: str) -> None:
    if SCREENSHOTS:
        folder = Path(SCREENSHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        driver.save_screenshot(str(folder / f"{name}.png"))
