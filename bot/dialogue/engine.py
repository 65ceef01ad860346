"""The dialogue engine's only client: one turn in, one reply out (docs/protocol.md)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self, get_args

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

TURN_TIMEOUT_S = 20.0
"""A turn takes 30 to 300 ms; longer than this and the engine is stuck, not slow."""

PARSE_TIMEOUT_S = 5.0

Expects = Literal[
    "order_number", "postcode", "yes_no", "choice", "address", "name", "quantity", "email", "free"
]
EXPECTED = frozenset(get_args(Expects))


class EngineUnavailable(Exception):
    """The engine (or its actions) can't be reached now; the same turn may be sent again."""


class EngineFailed(Exception):
    """The engine refused or failed on this very turn; sending it again won't help."""


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Identity(Wire):
    """Who the server itself verified (a signed token of the shop's)."""

    customer_id: int
    name: str


class TurnRequest(Wire):
    turn_id: str
    conversation: str
    leg: str
    channel: str
    language: str
    source: str
    """Whose failed identity checks are counted together."""
    text: str
    alternatives: list[str] = Field(default_factory=list)
    """Other ways the recogniser could have heard it, best first."""
    identity: Identity | None = None
    answers_last: bool = True
    """False: these words came before the assistant's last message was sent (or played to its end),
    so a "yes" among them answers something else."""
    part: int = 1
    """Of a message with several requests, in the order in which they are answered: 1, 2, …"""
    parts: int = 1


class Button(Wire):
    title: str
    payload: str


class ReplyMessage(Wire):
    text: str = ""
    """The form for the eye."""
    spoken: str | None = None
    """The form for the ear, where it differs."""
    buttons: list[Button] = Field(default_factory=list)
    response: str | None = None
    source: dict[str, Any] | None = None
    expects: str | None = None
    """What this message asks for, as `Reply.expects`; None where it asks nothing."""
    about: str | None = None
    """The contact reason it belongs to, whatever the words it answers were understood as."""
    told: dict[str, str] | None = None
    """What the customer has told for that by now, by name, in words for a person."""


class Intent(Wire):
    name: str | None = None
    confidence: float = 0.0


class HandoffRequest(Wire):
    reason: str = "asked_for_person"
    priority: int = 0
    """0 to 3, 3 the most urgent."""
    decision: str | None = None
    """What a person is asked to decide, in a sentence."""

    @field_validator("priority", mode="before")
    @classmethod
    def in_range(cls, priority: object) -> int:
        """A turn doesn't fail for a priority that is none."""
        return min(max(priority, 0), 3) if isinstance(priority, int) else 0


class Promise(Wire):
    text: str
    due: str | None = None


class Identified(Wire):
    """A check of identity that succeeded in this turn."""

    customer_id: int
    name: str
    order: str | None = None
    how: str
    scope: Literal["account", "order"] = "account"
    """`order`: who proved to know that one order's delivery address need not be the buyer."""


class Unsent(Wire):
    """A request of the customer's that nobody was asked, because a person takes over."""

    about: str
    confidence: float
    told: dict[str, str] = Field(default_factory=dict)
    """As `ReplyMessage.told`: the order's number, where the words hold one."""


class Reply(Wire):
    turn_id: str
    replayed: bool = False
    intent: Intent = Field(default_factory=Intent)
    messages: list[ReplyMessage] = Field(default_factory=list)
    expects: Expects = "free"
    handoff: HandoffRequest | None = None
    promises: list[Promise] = Field(default_factory=list)
    identified: Identified | None = None
    slots: dict[str, Any] = Field(default_factory=dict)
    slots_changed: dict[str, Any] = Field(default_factory=dict)
    unsent: Unsent | None = None
    """Added by the server: what the same message held beside the wish for a person."""

    @field_validator("expects", mode="before")
    @classmethod
    def known(cls, expects: object) -> object:
        """What we have no ears for is listened to openly."""
        return expects if expects in EXPECTED else "free"


@dataclass(frozen=True, slots=True)
class Understood:
    """What the engine makes of some words, outside any conversation."""

    intent: str
    confidence: float
    has_number: bool = False


class Engine:
    """Use as a context manager. `url` is the engine's, on loopback."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            base_url=self._url, timeout=aiohttp.ClientTimeout(total=TURN_TIMEOUT_S)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._http:
            await self._http.close()

    async def turn(self, request: TurnRequest) -> Reply:
        """Raises EngineUnavailable, EngineFailed."""
        body = await self._post("/webhooks/warmline/turn", request.model_dump())
        try:
            return Reply.model_validate(body)
        except ValidationError as error:
            raise EngineFailed(f"unreadable reply: {error}") from error

    async def understand(self, text: str) -> Understood:
        """Raises EngineUnavailable, EngineFailed."""
        body = await self._post("/model/parse", {"text": text}, PARSE_TIMEOUT_S)
        try:
            intent, entities = body["intent"], body.get("entities") or []
            return Understood(
                str(intent.get("name")), float(intent.get("confidence") or 0), bool(entities)
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise EngineFailed(f"unreadable parse: {error}") from error

    async def outcome(self, conversation_id: str, outcome: str, by: str) -> None:
        """Tell the engine what a person did: forms are reset, the outcome is remembered."""
        body = {"conversation": conversation_id, "outcome": outcome, "by": by}
        await self._post("/webhooks/warmline/outcome", body)

    async def ready(self) -> bool:
        """Whether the engine has loaded a model and can answer."""
        assert self._http is not None
        try:
            timeout = aiohttp.ClientTimeout(total=2)
            async with self._http.get("/status", timeout=timeout) as answer:
                return answer.status == 200 and bool((await answer.json()).get("model_file"))
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False

    async def _post(self, path: str, body: dict[str, Any], within_s: float = TURN_TIMEOUT_S) -> Any:
        assert self._http is not None, "use `async with Engine(...)`"
        timeout = aiohttp.ClientTimeout(total=within_s)
        try:
            async with self._http.post(path, json=body, timeout=timeout) as answer:
                if answer.status == 200:
                    return await answer.json()
                said = (await answer.text())[:300]
                if answer.status in (502, 503, 504):
                    raise EngineUnavailable(f"{answer.status}: {said}")
                raise EngineFailed(f"{answer.status}: {said}")
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise EngineUnavailable(f"{type(error).__name__}: {error}") from error
        except ValueError as error:
            raise EngineFailed(f"not JSON: {error}") from error


class Engines:
    """One for each language. Use as a context manager."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        """Language to the engine's address; the first language is the default."""
        self._engines = {language: Engine(url) for language, url in urls.items()}
        self._default = next(iter(self._engines))
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for engine in self._engines.values():
            await self._stack.enter_async_context(engine)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def spoken(self, language: str) -> str:
        """The language itself, or the default where it isn't spoken (any more)."""
        return language if language in self._engines else self._default

    def of(self, language: str) -> Engine:
        return self._engines[self.spoken(language)]
