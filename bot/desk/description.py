"""The desk's API described: the files of openapi/ joined into one OpenAPI document, with what they
leave unsaid because it is the same everywhere (openapi/desk.yml lists it)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from bot.desk.guard import api

FOLDER = Path(__file__).resolve().parent / "openapi"
METHODS = ("get", "post", "put", "patch", "delete")

Json = dict[str, Any]

ANYBODY = {"403 foreign_origin": "the page that asks is none of this server's"}
WITH_SESSION = {"401 signed_out": "there is no session, or it is over"}
NEW_ACCOUNT = {"403 must_change_password": "the password is for one use; choose another first"}
WITH_CSRF = {"403 csrf": "the token isn't this session's"}
WITH_ID = {"404 unknown": "an id that nothing can have"}
WITH_QUERY = {"422 bad_field": "a parameter is of another type or beyond its limits"}
WITH_BODY = {
    "400 bad_request": "the request is no JSON object",
    "413 too_large": "the request has more than 4 MiB",
    "422 bad_field": "a field is missing, of another type or beyond its limits",
}


def read_files() -> Json:
    """As they are written: valid OpenAPI, without what goes without saying."""
    document: Json = _read("desk")
    document |= {"tags": [], "paths": {}}
    for topic in document.pop("x-topics"):
        part = _read(topic)
        [tag] = part["tags"]
        document["tags"].append(tag)
        for path, item in part["paths"].items():
            for method in METHODS & item.keys():
                item[method]["tags"] = [tag["name"]]
            document["paths"][path] = item
        for kind, named in part.get("components", {}).items():
            document["components"].setdefault(kind, {}).update(named)
    return document


def _read(name: str) -> Json:
    read: Json = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return read


@cache
def describe() -> Json:
    """The whole document, as it is served."""
    document = read_files()
    for path, method, operation in operations(document):
        _write_out(document, path, method, operation)
    for schema in document["components"]["schemas"].values():
        _require_all(schema)
    return document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method (small), operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _write_out(document: Json, path: str, method: str, operation: Json) -> None:
    [needs] = operation.setdefault("security", [{"session": []}]) or [None]
    if needs and method != "get":
        needs["csrf"] = []
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    lines: dict[str, list[tuple[str, str]]] = {}
    for name, why in _errors(document, path, operation, needs or {}).items():
        status, code = name.split()
        lines.setdefault(status, []).append((code, why))
    for status, errors in sorted(lines.items()):
        answer = operation["responses"].setdefault(status, {})
        answer["description"] = "\n".join(f"- `{code}`: {why}" for code, why in errors)
        answer["content"] = {"application/json": {"schema": _error([code for code, _ in errors])}}


def _errors(document: Json, path: str, operation: Json, needs: Json) -> dict[str, str]:
    """By status and code, when they come: the guard's and the operation's own."""
    new_account = operation.pop("x-new-account", False)
    roles = needs.get("session", [])
    given = [_resolved(document, one) for one in operation.get("parameters", [])]
    return {
        **ANYBODY,
        **(WITH_SESSION if needs else {}),
        **(NEW_ACCOUNT if needs and not new_account else {}),
        **(WITH_CSRF if "csrf" in needs else {}),
        **({"403 not_allowed": f"you are no {' or '.join(roles)}"} if roles else {}),
        **(WITH_ID if "{" in path else {}),
        **(WITH_QUERY if any(one["in"] == "query" for one in given) else {}),
        **(WITH_BODY if "requestBody" in operation else {}),
        **operation.pop("x-errors", {}),
    }


def _resolved(document: Json, parameter: Json) -> Json:
    if "$ref" not in parameter:
        return parameter
    found: Json = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


def _error(codes: list[str]) -> Json:
    return {
        "allOf": [
            {"$ref": "#/components/schemas/Error"},
            {"properties": {"error": {"properties": {"code": {"enum": codes}}}}},
        ]
    }


def _require_all(schema: Any) -> None:
    """In a schema and those inside it, every property that isn't said to be optional."""
    if isinstance(schema, list):
        for one in schema:
            _require_all(one)
    elif isinstance(schema, dict):
        if isinstance(properties := schema.get("properties"), dict):
            schema.setdefault("required", list(properties))
            for one in properties.values():
                _require_all(one)
        for keyword in ("items", "oneOf", "anyOf", "allOf"):
            _require_all(schema.get(keyword))


# --- served ----------------------------------------------------------------------------------


def description_routes() -> list[web.RouteDef]:
    return [web.get("/api/openapi.json", api(document))]


async def document(_request: web.Request) -> web.Response:
    response = web.json_response(describe())
    response.enable_compression()
    return response
