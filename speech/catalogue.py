"""The model catalogue: what models there are, where they lie, and how to get the missing ones.

catalogue = Catalogue.load()
folder = catalogue.ensure("recogniser", "en")    # fetches what is missing
folder = catalogue.path("voice", "en")           # or says what to type
"""

from __future__ import annotations

import contextlib
import enum
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from speech import fetching
from speech.fetching import Report, Source, SourceFailed

UNKNOWN = "unknown"
ENTRIES = Path(__file__).with_name("models.toml")
DEFAULT_ROLES = ("recogniser", "acoustics", "second_pass", "voice", "vad", "sentences")
ROLES = (
    *DEFAULT_ROLES,
    "general_language",
    "transcriber",
    "voice-kokoro",
    "voice-coqui",
)
"""What `models.toml` says each is for. Only the default ones are fetched unasked."""


class ModelMissing(Exception):
    """No model of the role and language is here. The text says what to type."""


class FetchFailed(Exception):
    """No model of the role and language could be had. The text says why, entry by entry."""


class CatalogueError(Exception):
    """The catalogue file itself is wrong."""


class State(enum.StrEnum):
    """What is known about an entry without hashing anything."""

    MISSING = "missing"
    PRESENT = "present"
    UNVERIFIED = "unverified (recorded at first fetch)"


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    role: str
    language: str
    licence: str
    size_mb: float
    maker: str
    sources: Sequence[Source]
    hashes: Mapping[str, str]
    """Path in the model's folder -> SHA-256 in hexadecimal, or UNKNOWN."""
    also: Sequence[str] = ()
    """Other roles that it can play."""

    @property
    def installed(self) -> bool:
        """Comes with an installed package and is used where that lies."""
        return self.sources[0].kind == "installed"


class _Silent:
    def say(self, text: str) -> None: ...

    def progress(self, what: str, done_bytes: int, total_bytes: int | None) -> None: ...


def default_models_folder() -> Path:
    """WARMLINE_MODELS, or `models` beside this package."""
    return Path(os.environ.get("WARMLINE_MODELS") or Path(__file__).parent.parent / "models")


@dataclass(frozen=True, slots=True)
class Catalogue:
    folder: Path
    """The models' folder; each fetched entry is a folder of its name in it."""
    entries: Sequence[Entry]
    """Entries of one role and language in order of preference."""

    @classmethod
    def load(cls, models_folder: Path | None = None, *, entries: Path = ENTRIES) -> Catalogue:
        """Raises CatalogueError if the file can't be understood."""
        return cls((models_folder or default_models_folder()).absolute(), _read(entries))

    def knows(self, role: str, language: str) -> bool:
        """Whether it has such a model, here or not."""
        return bool(self._listed(role, language))

    def _listed(self, role: str, language: str) -> Sequence[Entry]:
        return [
            e for e in self.entries if role in (e.role, *e.also) and e.language in (language, "any")
        ]

    def candidates(self, role: str, language: str) -> Sequence[Entry]:
        found = self._listed(role, language)
        if not found:
            known = sorted({f"{r} {e.language}" for e in self.entries for r in (e.role, *e.also)})
            raise ModelMissing(
                f"The catalogue has no {role} for {language!r}; it has: {', '.join(known)}."
            )
        return found

    def path(self, role: str, language: str = "en") -> Path:
        """The folder of the best model that is here. Raises ModelMissing."""
        return self.folder_of(self.best(role, language))

    def adapted(self, language: str = "en") -> Path:
        """Where the recogniser that was adapted to the shop is, or would be (a link)."""
        return self.folder / f"adapted-{language}"

    def recogniser(self, language: str = "en") -> Path:
        """The adapted recogniser if there is one, else the best of the catalogue. Raises
        ModelMissing."""
        adapted = self.adapted(language)
        return adapted if adapted.is_dir() else self.path("recogniser", language)

    def best(self, role: str, language: str = "en") -> Entry:
        """The first entry that is here. Raises ModelMissing."""
        for entry in self.candidates(role, language):
            if self.state(entry) is not State.MISSING:
                return entry
        raise ModelMissing(
            f"There is no {role} for {language!r} in {self.folder}. "
            f"Fetch it with: python -m speech models fetch --role {role}"
        )

    def ensure(self, role: str, language: str = "en", report: Report | None = None) -> Path:
        """As `path`, after fetching a model if none is here. Asks the network only then.

        Two processes may call this at once: one fetches, the other waits and uses what came.
        Raises FetchFailed, or ModelMissing where the catalogue has no such role.
        """
        report = report or _Silent()
        with contextlib.suppress(ModelMissing):
            return self.path(role, language)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock(report):
            with contextlib.suppress(ModelMissing):  # another process may have been quicker
                return self.path(role, language)
            self._sweep()
            reasons = []
            for entry in self.candidates(role, language):
                try:
                    return self._fetch(entry, report)
                except SourceFailed as error:
                    reasons.append(f"{entry.name}: {error}")
                    report.say(f"Skipped {entry.name}: {error}")
        raise FetchFailed(
            f"No {role} for {language!r} could be had:\n  " + "\n  ".join(reasons or ["no entry"])
        )

    def state(self, entry: Entry) -> State:
        try:
            folder = self.folder_of(entry)
        except SourceFailed:
            return State.MISSING
        if not all((folder / path).is_file() for path in entry.hashes):
            return State.MISSING
        return State.UNVERIFIED if UNKNOWN in entry.hashes.values() else State.PRESENT

    def folder_of(self, entry: Entry) -> Path:
        """Where the entry's files lie or would lie. Raises SourceFailed for an installed package
        that isn't installed."""
        if entry.installed:
            return fetching.installed_folder(entry.sources[0])
        return self.folder / entry.name

    def verify(self, entry: Entry) -> Sequence[str]:
        """Hashes the files of an entry that is here; what is wrong with them, file by file."""
        folder = self.folder_of(entry)
        expected = dict(self._recorded().get(entry.name, {}))
        expected |= {path: sha for path, sha in entry.hashes.items() if sha != UNKNOWN}
        return _differences(folder, expected) + [
            f"{folder / path} was never recorded; remove the folder and fetch it again"
            for path in entry.hashes
            if path not in expected
        ]

    def _fetch(self, entry: Entry, report: Report) -> Path:
        if entry.installed:
            raise SourceFailed("not complete in this environment; install the project again")
        report.say(f"Fetching {entry.name} ({entry.size_mb:g} MB, {entry.licence})")
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".fetching-") as scratch:
            files = Path(scratch, "files")
            files.mkdir()
            for source in entry.sources:
                fetching.fetch(source, files, report)
            seen = {
                path.relative_to(files).as_posix(): _sha256(path)
                for path in sorted(files.rglob("*"))
                if path.is_file()
            }
            recorded = self._recorded()
            expected = dict(recorded.get(entry.name, {}))
            expected |= {path: sha for path, sha in entry.hashes.items() if sha != UNKNOWN}
            for path, sha in expected.items():
                if seen.get(path) != sha:
                    raise SourceFailed(
                        f"{path} is not the file that was pinned "
                        f"(SHA-256 {seen.get(path, 'none: missing')}, expected {sha})"
                    )
            if UNKNOWN in entry.hashes.values() and entry.name not in recorded:
                self._record(entry.name, seen)
            target = self.folder / entry.name
            if target.exists():  # incomplete, or `state` would have found it
                target.rename(Path(scratch, "replaced"))
            files.rename(target)
        report.say(f"{entry.name} is in {target}")
        return target

    @contextlib.contextmanager
    def _lock(self, report: Report) -> Iterator[None]:
        """One fetching process at a time; the system frees it when a process dies."""
        with (self.folder / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                report.say("Another process is fetching models; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _sweep(self) -> None:
        """What a killed fetch left. Under the lock, so nobody is using it."""
        for left in self.folder.glob(".fetching-*"):
            shutil.rmtree(left, ignore_errors=True)

    def _recorded(self) -> dict[str, dict[str, str]]:
        try:
            recorded: dict[str, dict[str, str]] = json.loads(self._record_file.read_text())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise CatalogueError(f"{self._record_file} can't be read: {error}") from error
        return recorded

    def _record(self, name: str, hashes: Mapping[str, str]) -> None:
        recorded = self._recorded() | {name: dict(hashes)}
        written = self.folder / ".recorded.json.new"
        written.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
        written.rename(self._record_file)

    @property
    def _record_file(self) -> Path:
        """What the unpinned files of each entry were at their first fetch."""
        return self.folder / "recorded.json"


def _differences(folder: Path, expected: Mapping[str, str]) -> list[str]:
    wrong = []
    for path, sha in expected.items():
        file = folder / path
        if not file.is_file():
            wrong.append(f"{file} is missing")
        elif (actual := _sha256(file)) != sha:
            wrong.append(f"{file} is not the file that was pinned (SHA-256 {actual}, not {sha})")
    return wrong


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(file: Path) -> list[Entry]:
    try:
        with file.open("rb") as opened:
            models = tomllib.load(opened)["model"]
        entries = [_entry(model) for model in models]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise CatalogueError(f"{file}: {error!r}") from error
    names = [entry.name for entry in entries]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise CatalogueError(f"{file}: more than one entry is called {', '.join(sorted(doubled))}")
    return entries


def _entry(model: Mapping[str, object]) -> Entry:
    fields = dict(model)
    hashes: dict[str, str] = {}
    sources = []
    for given in fields.pop("source"):  # type: ignore[attr-defined]
        source = dict(given)
        files = {
            path: said if isinstance(said, dict) else {"sha256": said, "member": path}
            for path, said in source.pop("files").items()
        }
        hashes |= {path: said["sha256"] for path, said in files.items()}
        members = {path: said["member"] for path, said in files.items()}
        sources.append(Source(members=members, **source))
    entry = Entry(sources=sources, hashes=hashes, **fields)  # type: ignore[arg-type]
    for role in (entry.role, *entry.also):
        if role not in ROLES:
            raise ValueError(f"{entry.name}: {role!r} is none of the roles {', '.join(ROLES)}")
    if entry.installed and len(sources) > 1:
        raise ValueError(f"{entry.name}: an installed package must be an entry's only source")
    for path, sha in hashes.items():
        if sha != UNKNOWN and not (len(sha) == 64 and set(sha) <= set("0123456789abcdef")):
            raise ValueError(f"{entry.name}: {path} has no SHA-256 but {sha!r}")
    return entry
