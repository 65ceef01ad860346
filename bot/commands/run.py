"""`make run`: sets up what is missing, starts the parts, and keeps them alive together.

A part that dies is named with its last words and started again; one that keeps dying takes the
others down with it, so that nothing is left half alive."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator

import aiohttp
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from actions.shop.seed import NotEmpty
from bot.commands import parts
from bot.commands.parts import Part, die_with_parent
from bot.commands.train import train
from bot.settings import PREFIX, ROOT, Settings
from engine.fingerprint import pipeline_config

READY_WITHIN_S = 180.0
RESTARTS = 5
WITHIN_S = 120.0
"""More than RESTARTS deaths of a part within WITHIN_S and everything stops."""

STOP_WITHIN_S = 20.0
"""More than the server's own limits for closing its connections (bot/app.py, serve.py)."""

LAST_WORDS = 12
"""Lines of a dead part's log that are shown."""
LAST_BYTES = 16 * 1024
LOG_BYTES = 20 * 1024 * 1024
"""A part's log that is larger at a start is put aside (one old one is kept)."""


def say(text: str) -> None:
    print(f"[warmline] {text}", flush=True)


def run(settings: Settings) -> int:
    began = time.monotonic()
    if problem := taken_port(settings):
        print(f"Settings: {problem}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, also while setting up
    try:
        if code := prepare(settings):
            return code
        return asyncio.run(House(settings, began).live())
    except KeyboardInterrupt:
        say("stopped before everything was ready.")
        return 130


def taken_port(settings: Settings) -> str | None:
    wanted = [("port", settings.port), ("actions_port", settings.actions_port)]
    wanted += [("engine_port", port) for port in settings.engine_ports.values()]
    for name, port in wanted:
        host = settings.host if name == "port" else "127.0.0.1"
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                return (
                    f"{PREFIX}{name.upper()}: {host}:{port} can't be used ({error.strerror}). "
                    "Is Warmline running already? Choose another port or stop what uses it."
                )
    return None


def prepare(settings: Settings) -> int:
    """Models, databases, dialogue model: each step is said with its time and skipped when done."""
    from speech.catalogue import Catalogue, FetchFailed, ModelMissing
    from speech.terminal import TerminalReport

    needed = [("sentences", "en")]  # of the actions, whatever is spoken
    needed += [
        ("sentences", language)
        for language in settings.languages
        if pipeline_config(ROOT, language).parent == ROOT and language != "en"
    ]
    if settings.speech:
        needed += [(role, settings.language) for role in roles_of_speech(settings)]
    try:
        with step("models"), TerminalReport(Console()) as report:
            catalogue = Catalogue.load(settings.models_dir)
            for role, language in needed:
                catalogue.ensure(role, language, report)
            for role in ("acoustics", "general_language") if settings.speech else ():
                with contextlib.suppress(ModelMissing, FetchFailed):  # without: fewer words heard
                    catalogue.ensure(role, settings.language, report)
    except (ModelMissing, FetchFailed) as error:
        print(f"Models: {error}", file=sys.stderr)
        return 1
    try:
        with step("databases"):
            asyncio.run(databases(settings))
    except (SQLAlchemyError, OSError, NotEmpty) as error:
        print(f"Databases: {error}", file=sys.stderr)
        return 1
    if settings.speech and not catalogue.adapted(settings.language).exists():
        with step("the shop's words for the recogniser"):
            subprocess.run(adapting(), cwd=ROOT, check=False)  # without: fewer words heard
    with step("dialogue models"):
        return train(settings, if_needed=True)


def roles_of_speech(settings: Settings) -> list[str]:
    """Models without which there are no calls."""
    from speech.voices import role_of

    second = {"moonshine": ["second_pass"], "whisper": ["transcriber"]}
    roles = [
        "recogniser",
        "voice",
        "vad",
        *second.get(settings.second_pass.get(settings.language, ""), []),
    ]
    if settings.voice_engine != "piper" and settings.voice_folder is None:
        roles.append(role_of(settings.voice_engine))
    return roles


def adapting() -> list[str]:
    return [sys.executable, "-m", "bot", "adapt"]


async def databases(settings: Settings) -> None:
    from bot.store.migrate import migrate

    await migrate(settings.database_url)
    if settings.has_demo_shop:
        from actions.shop import migrate as migrate_shop
        from actions.shop import seed

        await migrate_shop(settings.shop_database_url)
        if settings.demo:
            await seed(settings.shop_database_url)


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    if seconds > 1:
        say(f"{name}: {seconds:.0f} s")


class House:
    def __init__(self, settings: Settings, began: float) -> None:
        self.settings = settings
        self.began = began
        self.stopping = asyncio.Event()
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self.code = 0

    async def live(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopping.set)
        made = [
            parts.actions(self.settings),
            *(parts.engine(self.settings, language) for language in self.settings.languages),
            parts.server(self.settings),
        ]
        keepers = [asyncio.create_task(self.keep(part)) for part in made]
        ready = asyncio.create_task(self.announce())
        await self.stopping.wait()
        ready.cancel()
        say("stopping …")
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(ready, *keepers, return_exceptions=True)
        await self.stop_all()
        say("stopped.")
        return self.code

    async def keep(self, part: Part) -> None:
        deaths: deque[float] = deque(maxlen=RESTARTS + 1)
        while True:
            try:
                process = await self.start(part)
            except OSError as error:
                say(f"the {part.name} can't be started: {error}")
                self.code = 1
                self.stopping.set()
                return
            code = await process.wait()
            del self.processes[part.name]
            deaths.append(time.monotonic())
            said = f"the {part.name} ended unexpectedly ({how(code)})"
            words = last_words(part)
            if len(deaths) > RESTARTS and deaths[-1] - deaths[0] < WITHIN_S:
                say(f"{said}, for the {len(deaths)}th time: giving up.{words}")
                self.code = 1
                self.stopping.set()
                return
            say(f"{said}; starting it again.{words}")
            await asyncio.sleep(min(2 ** (len(deaths) - 1), 10) * 0.5)

    async def start(self, part: Part) -> asyncio.subprocess.Process:
        output = None
        if part.log:
            part.log.parent.mkdir(parents=True, exist_ok=True)
            if part.log.exists() and part.log.stat().st_size > LOG_BYTES:
                part.log.replace(part.log.with_suffix(".old.log"))
            output = part.log.open("ab")
        try:
            process = await asyncio.create_subprocess_exec(
                *part.command,
                cwd=ROOT,
                env=part.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the parts in order
                preexec_fn=die_with_parent,
            )
        finally:
            if output:
                output.close()
        self.processes[part.name] = process
        self.write_pids()
        return process

    def write_pids(self) -> None:
        """`run.json` in the data folder: which process is which part, for whoever looks after it."""
        pids = {name: process.pid for name, process in self.processes.items()}
        (self.settings.data_dir / "run.json").write_text(json.dumps(pids | {"run": os.getpid()}))

    async def stop_all(self) -> None:
        processes = list(self.processes.values())
        for process in processes:
            signal_group(process, signal.SIGTERM)
        waits = [asyncio.create_task(process.wait()) for process in processes]
        if waits:
            _, late = await asyncio.wait(waits, timeout=STOP_WITHIN_S)
            if late:
                for process in processes:
                    signal_group(process, signal.SIGKILL)
                await asyncio.wait(late)

    async def announce(self) -> None:
        """Waits until all can serve, saying what is still missing; then prints the addresses."""
        say("starting engine, actions and server …")
        deadline = time.monotonic() + READY_WITHIN_S
        missing: list[str] = []
        told = time.monotonic()
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < deadline:
                await asyncio.sleep(0.25)
                missing = await self.missing(http)
                if not missing:
                    self.welcome()
                    return
                if time.monotonic() - told > 10:
                    told = time.monotonic()
                    say(
                        f"waiting for: {', '.join(missing)} ({time.monotonic() - self.began:.0f} s)"
                    )
        say(f"not ready after {READY_WITHIN_S:.0f} s: {', '.join(missing)}; see {self.logs}")
        self.code = 1
        self.stopping.set()

    async def missing(self, http: aiohttp.ClientSession) -> list[str]:
        try:
            timeout = aiohttp.ClientTimeout(total=4)
            url = f"{local_url(self.settings)}/health/ready"
            async with http.get(url, timeout=timeout) as answer:
                found = (await answer.json())["parts"]
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
            return ["server"]
        return [name for name, good in found.items() if not good]

    @property
    def logs(self) -> str:
        return str(self.settings.data_dir / "logs")

    def welcome(self) -> None:
        url = self.settings.url
        say(f"ready after {time.monotonic() - self.began:.0f} s")
        lines = [
            ("Agents' desk", f"{url}/desk/"),
            ("For machines", f"{url}/webhooks/rest/webhook"),
            ("Health", f"{url}/health/ready"),
            ("Logs", self.logs),
        ]
        if self.settings.demo:
            from bot.desk.signin import DEMO_AGENTS, DEMO_PASSWORD

            names = " or ".join(username for username, *_ in DEMO_AGENTS)
            lines.insert(0, ("Demo shop with chat", f"{url}/"))
            lines.insert(2, ("  sign in as", f"{names}, password {DEMO_PASSWORD}"))
        print()
        for label, text in lines:
            print(f"  {label:<20} {text}")
        print("\n  Ctrl-C stops everything.\n", flush=True)


def local_url(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def how(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def last_words(part: Part) -> str:
    if part.log is None or not part.log.exists():
        return ""
    with part.log.open("rb") as log:
        log.seek(max(0, part.log.stat().st_size - LAST_BYTES))
        lines = log.read().decode(errors="replace").splitlines()[-LAST_WORDS:]
    return f" Its last lines in {part.log}:\n" + "\n".join(f"    {line}" for line in lines)
