"""Every setting, typed: from the environment (`WARMLINE_PORT=8081`), else from `warmline.toml`, else
the default here. `python -m bot settings` prints this list with the values in force."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, HttpUrl, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as SourceError

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "WARMLINE_"


class SettingsError(Exception):
    """What is wrong with which setting, for the person who set it."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    mode: Literal["demo", "production"] = Field(
        "demo",
        description="`demo` seeds a shop, makes demo accounts and serves a shop front; "
        "`production` does none of it and insists on secrets",
    )
    host: str = Field("127.0.0.1", description="address the server listens on")
    port: int = Field(8080, ge=1, le=65535, description="port the server listens on")
    public_url: HttpUrl | None = Field(
        None, description="how browsers reach the server, e.g. https://help.example.com"
    )
    behind_proxy: bool = Field(
        False, description="a reverse proxy sets X-Forwarded-For; believe its last entry"
    )
    allowed_sites: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="origins whose pages may carry the chat, with commas between, e.g. "
        "https://shop.example.com; empty: any in demo mode, only our own in production",
    )

    data_dir: Path = Field(Path("var"), description="folder for databases, trained models, logs")
    models_dir: Path = Field(Path("models"), description="folder of speech and sentence models")
    database_url: str = Field(
        "", description="conversations and the queue; sqlite:///… or postgresql://… "
        "(default: a file in data_dir)"
    )  # fmt: skip
    redis_url: str = Field(
        "", description="Redis over which several server processes on one database tell each other "
        "what is new, e.g. redis://127.0.0.1:6379/0; empty: there is one process"
    )  # fmt: skip
    shop_database_url: str = Field(
        "",
        description="where the shop's data is; handed to shop_backend (default: a "
        "file in data_dir, for the demo shop)",
    )
    shop_backend: str = Field(
        "actions.shop:SqlShop", description="class that answers for the shop, as module:Class"
    )

    shop_secret: SecretStr | None = Field(
        None, description="key for the shop's system; a backend that needs one reads it from the "
        "environment under this name"
    )  # fmt: skip

    engine_port: int = Field(
        5005, ge=1, le=65535, description="Rasa's port, on loopback; the second language's engine "
        "has the next one, and so on"
    )  # fmt: skip
    actions_port: int = Field(5055, ge=1, le=65535, description="action server's port, on loopback")
    engine_slow_after_s: float = Field(
        2.5, gt=0, le=30, description="seconds without a reply until the customer reads that it "
        "takes a moment"
    )  # fmt: skip
    engine_patience_s: float = Field(
        60.0, gt=0, le=3600,
        description="seconds a message waits for an engine that is away before it goes to a person",
    )  # fmt: skip

    languages: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["en"], min_length=1,
        description="languages the assistant speaks, with commas between, each with a model and an "
        "engine of its own; the first one is for customers whose language isn't known",
    )  # fmt: skip
    shop_name: str = Field("Juniper Outdoor", min_length=1, description="the shop's name")
    assistant_name: str = Field(
        "Juniper", min_length=1, description="the assistant's name (its own sentences are in "
        "data/LANGUAGE/domain)"
    )  # fmt: skip

    rest_secret: SecretStr | None = Field(
        None, min_length=16, description="bearer token of machines on POST "
        "/webhooks/rest/webhook; required in production"
    )  # fmt: skip
    identity_secret: SecretStr | None = Field(
        None, min_length=32, description="key shared with the shop's server, which signs its "
        "visitors' identity with it (HS256); required in production"
    )  # fmt: skip

    message_limit: int = Field(
        4000, ge=100, le=4000, description="characters of one message; the rest is cut off"
    )
    messages_per_minute: int = Field(
        40, ge=1, le=10000, description="messages one web visitor may send in a minute"
    )
    signin_hours: float = Field(12, gt=0, le=720, description="hours until a sign-in expires")
    presence_s: float = Field(
        60,
        ge=45,
        le=600,
        description="seconds without a sign of life until an agent counts as away",
    )
    return_after_s: float = Field(
        120, ge=0, le=3600, description="seconds an absent agent keeps a contact before it returns "
        "to the queue"
    )  # fmt: skip
    offer_s: float = Field(
        20, ge=5, le=300, description="seconds an agent has to take a contact that is offered"
    )
    wrap_up_s: float = Field(
        60, ge=5, le=3600, description="seconds an agent has to write down what came of a contact; "
        "what the system proposes is kept after them"
    )  # fmt: skip
    idle_hours: float = Field(
        24, gt=0, le=8760, description="hours of silence after which a conversation is ended"
    )

    speech: bool = Field(True, description="browser voice on or off")
    max_calls: int = Field(
        20,
        ge=1,
        le=1000,
        description="calls at once; a caller beyond hears that all lines are busy",
    )
    hold_music: Path | None = Field(
        None, description="WAV file for callers who wait for a person (default: a tune of our own)"
    )
    record_calls: bool = Field(
        False, description="record calls, after saying so; a caller may refuse"
    )
    recordings_dir: Path | None = Field(
        None, description="folder of the recordings (default: recordings in data_dir)"
    )
    recording_days: int = Field(30, ge=1, le=3650, description="days until a recording is deleted")
    second_pass: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=lambda: {"en": "moonshine", "zh": "whisper"},
        description="who finishes open speech, per language: moonshine, whisper (an extra) or none, "
        "e.g. en=moonshine,zh=whisper; hears all of it where no recogniser of the language streams",
    )
    voice_engine: Literal["piper", "coqui", "kokoro"] = Field(
        "piper", description="speech synthesis; coqui and kokoro need more (docs/speech.md)"
    )
    voice_folder: Path | None = Field(
        None, description="folder of the voice's model (default: the catalogue's)"
    )
    voice_speaker: str = Field("", description="one of the model's speakers, where it has several")

    twilio_account_sid: str = Field(
        "", description="Twilio account whose calls are taken; empty: any that is signed"
    )
    twilio_auth_token: SecretStr | None = Field(
        None,
        description="Twilio's auth token, which signs its requests; without one there are no "
        "calls on /phone/twilio",
    )
    twilio_number: str = Field(
        "", description="our number at Twilio, from which customers are called back; empty: Asterisk "
        "calls out, where it is set up"
    )  # fmt: skip
    twilio_api_url: HttpUrl = Field(
        HttpUrl("https://api.twilio.com"), description="Twilio's REST API, by which it is asked to "
        "call; accounts of another region have one of their own"
    )  # fmt: skip
    asterisk_secret: SecretStr | None = Field(
        None, description="password of Asterisk's WebSocket on /phone/asterisk; without one only "
        "this machine may connect"
    )  # fmt: skip
    asterisk_manager: str = Field(
        "127.0.0.1:5038", description="host and port of Asterisk's manager interface, for transfers"
    )
    asterisk_manager_secret: SecretStr | None = Field(
        None, description="its password (manager.conf); without one calls can't be transferred"
    )
    audiosocket_port: int = Field(
        0, ge=0, le=65535, description="port for Asterisk's AudioSocket, on loopback; 0: none"
    )
    agents_number: str = Field(
        "", description="telephone number or SIP address to which calls for a person are "
        "transferred; empty: people take them at the desk"
    )  # fmt: skip

    log_format: Literal["human", "json"] = Field("human", description="form of the log lines")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least serious lines that are written"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, toml_file=settings_file())
        return init_settings, env_settings, file

    @field_validator("allowed_sites", "languages", mode="before")
    @classmethod
    def parted(cls, sites: object) -> object:
        if isinstance(sites, str):
            return [site.strip() for site in sites.split(",") if site.strip()]
        return sites

    @field_validator("second_pass", mode="before")
    @classmethod
    def paired(cls, chosen: object) -> object:
        if isinstance(chosen, str):
            pairs = [one.partition("=") for one in chosen.split(",") if one.strip()]
            chosen = {language.strip(): model.strip() for language, _, model in pairs}
        if isinstance(chosen, dict):
            for language, model in chosen.items():
                if model not in ("moonshine", "whisper", "none"):
                    raise ValueError(
                        f"{PREFIX}SECOND_PASS: moonshine, whisper or none for {language!r}, "
                        f"not {model!r}"
                    )
        return chosen

    @model_validator(mode="after")
    def complete(self) -> Self:
        def fill(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        fill("data_dir", (ROOT / self.data_dir).resolve())
        fill("models_dir", (ROOT / self.models_dir).resolve())
        fill(
            "recordings_dir",
            (ROOT / (self.recordings_dir or self.data_dir / "recordings")).resolve(),
        )
        if not self.database_url:
            fill("database_url", f"sqlite:///{self.data_dir / 'warmline.db'}")
        if not self.shop_database_url:
            fill("shop_database_url", f"sqlite:///{self.data_dir / 'shop.db'}")
        ours = ["database_url", "shop_database_url"][: 2 if self.has_demo_shop else 1]
        for name in ours:  # another backend's URL is its own affair
            scheme = getattr(self, name).partition(":")[0]
            if scheme.partition("+")[0] not in ("sqlite", "postgresql", "postgres"):
                raise ValueError(
                    f"{PREFIX}{name.upper()}: begins with sqlite: or postgresql:, not {scheme!r}"
                )
        if self.redis_url:
            scheme = self.redis_url.partition(":")[0]
            if scheme not in ("redis", "rediss", "unix"):
                raise ValueError(
                    f"{PREFIX}REDIS_URL: begins with redis:, rediss: or unix:, not {scheme!r}"
                )
        if self.mode == "production":
            if self.public_url is None:
                raise ValueError(
                    f"{PREFIX}PUBLIC_URL: needed in production, e.g. https://help.example.com; "
                    "sign-in cookies and the check of origins go by it"
                )
            for name in ("rest_secret", "identity_secret"):
                if getattr(self, name) is None:
                    raise ValueError(
                        f"{PREFIX}{name.upper()}: needed in production; make one with "
                        "`python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`"
                    )
        for language in self.languages:
            if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]+)*", language):
                raise ValueError(
                    f"{PREFIX}LANGUAGES: codes in lower case such as en or pt-br, not {language!r}"
                )
            if not (ROOT / "data" / language / "server.toml").is_file():
                raise ValueError(
                    f"{PREFIX}LANGUAGES: there is no data/{language}/server.toml; "
                    f"{language!r} has to be taught first"
                )
        if len(set(self.languages)) < len(self.languages):
            raise ValueError(f"{PREFIX}LANGUAGES: each language once, not {self.languages}")
        engine_ports = list(self.engine_ports.values())
        if engine_ports[-1] > 65535:
            raise ValueError(f"{PREFIX}ENGINE_PORT: no ports are left from {self.engine_port} on")
        if len({self.port, self.actions_port, *engine_ports}) < 2 + len(engine_ports):
            raise ValueError(
                f"{PREFIX}PORT, {PREFIX}ENGINE_PORT, {PREFIX}ACTIONS_PORT: different ports, "
                f"not {self.port}, {engine_ports}, {self.actions_port}"
            )
        return self

    @property
    def demo(self) -> bool:
        return self.mode == "demo"

    @property
    def has_demo_shop(self) -> bool:
        """Whether the backend is the shop that comes with Warmline, with its own database."""
        return self.shop_backend == "actions.shop:SqlShop"

    @property
    def url(self) -> str:
        """How a browser on this machine reaches the server, without a slash at the end."""
        if self.public_url:
            return str(self.public_url).rstrip("/")
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def language(self) -> str:
        """The one for customers whose language isn't known."""
        return self.languages[0]

    @property
    def engine_ports(self) -> dict[str, int]:
        """Language to port."""
        return {code: self.engine_port + at for at, code in enumerate(self.languages)}

    def engine_name(self, language: str) -> str:
        """As the supervisor and `/health/ready` call it."""
        return "engine" if language == self.language else f"engine-{language}"

    def language_of(self, locale: str | None) -> str:
        """Of the languages spoken, the one of a locale such as zh-CN; else the first."""
        parts = (locale or "")[:40].lower().replace("_", "-").split("-")
        wanted = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((code for code in wanted if code in self.languages), self.language)

    @property
    def actions_url(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}"


def settings_file() -> Path:
    return Path(os.environ.get("WARMLINE_SETTINGS", ROOT / "warmline.toml"))


def load_settings(**changes: Any) -> Settings:
    """The settings in force; `changes` win over environment and file. Raises SettingsError."""
    unknown = [
        name
        for name in os.environ
        if name.startswith(PREFIX)
        and name.removeprefix(PREFIX).lower() not in Settings.model_fields
        and name not in NOT_SETTINGS
    ]
    if unknown:
        raise SettingsError(f"{unknown[0]}: no such setting; `python -m bot settings` lists them")
    named = os.environ.get("WARMLINE_SETTINGS")
    if named and not Path(named).exists():
        raise SettingsError(f"WARMLINE_SETTINGS: there is no file {named}")
    try:
        return Settings(**changes)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{settings_file()}: not readable as TOML: {error}") from error
    except SourceError as error:
        raise SettingsError(str(error)) from error
    except ValidationError as error:
        raise SettingsError("\n".join(map(explain, error.errors()))) from error


NOT_SETTINGS = {
    "WARMLINE_SETTINGS",  # where the file is
    "WARMLINE_PYTHON310",  # tools/bootstrap.py
    "WARMLINE_MODELS",  # speech/, where used without the server
    "WARMLINE_HELP",  # actions/
}


def explain(error: Any) -> str:
    """One validation error as a line that names the setting and the value."""
    message = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:
        return message
    name = PREFIX + str(error["loc"][0]).upper()
    if error["type"] == "extra_forbidden":
        return f"{name} (in {settings_file().name}): no such setting"
    shown = "…" if "SECRET" in name else repr(error.get("input"))
    return f"{name}: {message[0].lower()}{message[1:]}, not {shown}"
