"""Is what the desk's API answers what its description says? A client's ear that reads along."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from types import SimpleNamespace
from typing import Any

import aiohttp
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from bot.desk.description import Json, describe, operations

NAME = "urn:desk"


@cache
def strict() -> Json:
    """Here, a field that isn't described is a mistake, though readers ignore it."""
    document = copy.deepcopy(describe())
    for schema in document["components"]["schemas"].values():
        _close(schema)
    return document


def _close(schema: Any) -> None:
    if isinstance(schema, list):
        for one in schema:
            _close(one)
    elif isinstance(schema, dict):
        if isinstance(properties := schema.get("properties"), dict):
            schema.setdefault("additionalProperties", False)
            for one in properties.values():
                _close(one)
        for keyword in ("items", "oneOf"):
            _close(schema.get(keyword))


def validator(schema: Json) -> Draft202012Validator:
    """Of a schema somewhere in the description."""
    registry: Registry[Any] = Registry().with_resource(NAME, DRAFT202012.create_resource(strict()))
    return Draft202012Validator(
        _absolute(schema), registry=registry, format_checker=FormatChecker()
    )


def _absolute(schema: Any) -> Any:
    """The document's own references, seen from outside it."""
    if isinstance(schema, dict):
        return {
            name: NAME + value if name == "$ref" else _absolute(value)
            for name, value in schema.items()
        }
    return [_absolute(one) for one in schema] if isinstance(schema, list) else schema


def operation_at(method: str, path: str) -> Json | None:
    """What is described for a request's method and path."""
    for template, known, operation in operations(strict()):
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if known == method.lower() and re.fullmatch(pattern, path):
            return operation
    return None


def mistakes(
    method: str, path: str, status: int, headers: dict[str, str], body: bytes
) -> list[str]:
    """In an answer; empty where it is as described."""
    operation = operation_at(method, path)
    what = f"{method} {path}: {status}"
    if operation is None:
        return [] if status in (404, 405) else [f"{what}, of a route that isn't described"]
    answer = operation["responses"].get(str(status))
    if answer is None:
        return [f"{what} isn't described; it says {body[:300]!r}"]
    found = [
        f"{what}: no header {name}" for name in answer.get("headers", {}) if name not in headers
    ]
    kind = headers.get("Content-Type", "").split(";")[0]
    content = answer.get("content", {})
    if not content:
        return found + ([f"{what}: a body where none is described"] if body else [])
    if kind not in content:
        return [*found, f"{what}: {kind} isn't described"]
    if schema := content[kind].get("schema"):
        for error in validator(schema).iter_errors(json.loads(body)):
            found.append(f"{what}: {error.json_path}: {error.message}")
    return found


class ReadsAlong:
    """For a client's session: each answer under /api must be as described."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()
        """Operations by their ids, and what they were answered with."""
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._read)

    async def _read(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        asked: aiohttp.TraceRequestEndParams,
    ) -> None:
        path, answer = asked.url.path, asked.response
        if not path.startswith("/api/") or asked.method in ("HEAD", "OPTIONS"):
            return
        body = await answer.read()
        found = mistakes(asked.method, path, answer.status, dict(answer.headers), body)
        assert not found, "\n".join(found)
        if operation := operation_at(asked.method, path):
            self.seen.add((operation["operationId"], answer.status))
