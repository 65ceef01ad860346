"""Is what goes over the wire what docs/shop-api.yaml says? A middleware that reads along."""

from __future__ import annotations

import copy
import json
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from typing import Any

import yaml
from aiohttp import web
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from actions.settings import ROOT

FILE = ROOT / "docs" / "shop-api.yaml"
NAME = "urn:shop-api"
METHODS = ("get", "put", "post", "delete", "patch")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Json = dict[str, Any]


@cache
def api_file() -> Json:
    read: Json = yaml.safe_load(FILE.read_text())
    return read


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method (small), operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


@cache
def strict_file() -> Json:
    """Here, a field that isn't described is a mistake, though both sides ignore it."""
    document = copy.deepcopy(api_file())
    for schema in document["components"]["schemas"].values():
        if schema.get("type") == "object":
            schema["additionalProperties"] = False
    return document


class Conformance:
    def __init__(self) -> None:
        self.document = strict_file()
        resource = DRAFT202012.create_resource(self.document)
        self._registry: Registry[Any] = Registry().with_resource(NAME, resource)
        self.seen: set[tuple[str, int]] = set()
        """Operations and the statuses they were answered with."""
        self.mistakes: list[str] = []

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        path = resource.canonical if resource else request.path
        item = self.document["paths"].get(path, {})
        operation = item.get(request.method.lower())
        if operation is None:
            self.mistakes.append(f"{request.method} {path} is not in the file")
            return await handler(request)
        what = operation["operationId"]
        await self._check_request(what, operation, item.get("parameters", []), request)
        response = await handler(request)
        self._check_response(what, operation, response)
        return response

    async def _check_request(
        self, what: str, operation: Json, shared: list[Json], request: web.Request
    ) -> None:
        parameters = [self._resolved(p) for p in shared + operation.get("parameters", [])]
        places = {
            "path": dict(request.match_info),
            "query": dict(request.query),
            "header": {name.lower(): text for name, text in request.headers.items()},
        }
        for parameter in parameters:
            name, place = parameter["name"], parameter["in"]
            text = places[place].get(name.lower() if place == "header" else name)
            if text is None:
                if parameter.get("required"):
                    self.mistakes.append(f"{what}: no {name} in the {place}")
                continue
            value = int(text) if parameter["schema"]["type"] == "integer" else text
            self._check(f"{what}: {name}", parameter["schema"], value)
        known = {p["name"] for p in parameters if p["in"] == "query"}
        for name in set(request.query) - known:
            self.mistakes.append(f"{what}: {name} in the query isn't described")
        has_key = "Idempotency-Key" in request.headers
        if has_key and "Idempotency-Key" not in {p["name"] for p in parameters}:
            self.mistakes.append(f"{what}: a key where none is described")
        body = await request.read()
        if "requestBody" not in operation:
            if body:
                self.mistakes.append(f"{what}: a body where none is described")
            return
        content = self._resolved(operation["requestBody"])["content"]
        self._check_body(f"{what}, request", content, request.content_type, body)

    def _check_response(self, what: str, operation: Json, response: web.StreamResponse) -> None:
        self.seen.add((what, response.status))
        described = operation["responses"].get(str(response.status))
        if described is None:
            self.mistakes.append(f"{what}: an answer {response.status} is not described")
            return
        assert isinstance(response, web.Response)
        assert isinstance(response.body, bytes)
        content = self._resolved(described)["content"]
        self._check_body(
            f"{what}, answer {response.status}", content, response.content_type, response.body
        )

    def _check_body(self, what: str, content: Json, kind: str, body: bytes) -> None:
        if kind not in content:
            self.mistakes.append(f"{what}: {kind} is not described")
        else:
            self._check(what, content[kind]["schema"], json.loads(body))

    def _check(self, what: str, schema: Json, value: object) -> None:
        for error in self.validator(schema).iter_errors(value):
            self.mistakes.append(f"{what}: {error.json_path}: {error.message}")

    def validator(self, schema: Json) -> Draft202012Validator:
        return Draft202012Validator(
            absolute(schema), registry=self._registry, format_checker=FormatChecker()
        )

    def _resolved(self, thing: Json) -> Json:
        if "$ref" not in thing:
            return thing
        found: Any = self.document
        for step in thing["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        resolved: Json = found
        return resolved


def absolute(schema: Any) -> Any:
    """The file's own references, seen from outside the file."""
    if isinstance(schema, dict):
        return {
            name: NAME + value if name == "$ref" and value.startswith("#") else absolute(value)
            for name, value in schema.items()
        }
    if isinstance(schema, list):
        return [absolute(item) for item in schema]
    return schema
