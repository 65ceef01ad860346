"""The description at /api/docs says all there is, and nothing that isn't."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator

from actions.backend import OrderState, Refusal, Tier
from bot.app import create_app
from bot.conversation.events import Kind
from bot.desk.description import FOLDER, Json, describe, operations, read_files
from bot.desk.order_actions import KINDS
from bot.handoff.team import State
from bot.handoff.wrap_up import DISPOSITIONS, NOT_GIVEN
from bot.settings import load_settings
from bot.store.audit import Act
from bot.store.desk_tables import HandoffState, OfferKind, Role, Status
from bot.store.tables import Channel, Floor, Medium, Speaker
from tests.desk.described import validator

SCHEMAS: Json = describe()["components"]["schemas"]


def routes(folder: Path) -> set[tuple[str, str]]:
    """What the server answers under /api."""
    app = create_app(load_settings(data_dir=folder, speech=False))
    return {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if isinstance(route.resource, web.Resource)
        and route.resource.canonical.startswith("/api/")
        and route.method != "HEAD"
    }


def test_every_route_is_described_and_nothing_else(tmp_path: Path) -> None:
    described = {(method.upper(), path) for path, method, _ in operations(describe())}
    served = routes(tmp_path)
    assert not served - described, "these routes need an entry in bot/desk/openapi/"
    assert not described - served, "these entries have no route"


@pytest.mark.parametrize("document", [read_files(), describe()], ids=["as written", "as served"])
def test_it_is_valid_openapi(document: Json) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_every_file_is_read() -> None:
    tags = {tag["name"] for tag in read_files()["tags"]}
    assert len(tags) == len(list(FOLDER.glob("*.yml"))) - 1, "list new files in desk.yml: x-topics"


def test_an_operation_has_a_name_of_its_own_and_a_summary() -> None:
    names = [operation["operationId"] for *_, operation in operations(describe())]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z][A-Za-z]+", name) for name in names)
    for path, method, operation in operations(describe()):
        assert operation["summary"], f"{method} {path}"


def test_an_errors_line_says_status_code_and_when() -> None:
    for path, method, operation in operations(read_files()):
        for name, why in operation.get("x-errors", {}).items():
            assert re.fullmatch(r"(4\d\d|503) [a-z_]+", name), f"{method} {path}: {name}"
            assert why, f"{method} {path}: {name}"


def test_every_field_has_an_example() -> None:
    """The page at /api/docs is made of them."""
    for name, schema in SCHEMAS.items():
        for field, of in schema.get("properties", {}).items():
            if "$ref" in of:
                of = SCHEMAS[of["$ref"].rpartition("/")[2]]
            made = {"properties", "additionalProperties", "items", "oneOf", "const", "examples"}
            assert made & of.keys(), f"{name}.{field} needs `examples: […]`"


def examples(node: Any, where: str = "") -> Iterator[tuple[str, Json, Any]]:
    """Of the document: where, schema, example."""
    if isinstance(node, list):
        for one in node:
            yield from examples(one, where)
    elif isinstance(node, dict):
        for example in node.get("examples", []):
            yield where, node, example
        if "example" in node:
            yield where, node["schema"], node["example"]
        for name, inner in node.items():
            if name not in ("example", "examples"):
                yield from examples(inner, f"{where}/{name}")


def test_examples_are_what_they_are_examples_of() -> None:
    for where, schema, example in examples(describe()):
        errors = list(validator(schema).iter_errors(example))
        assert not errors, f"{where}: {errors[0].message}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("AgentState", State),
        ("AgentStatus", Status),
        ("AuditAction", Act),
        ("Channel", Channel),
        ("EventKind", Kind),
        ("Floor", Floor),
        ("HandoffState", HandoffState),
        ("OfferKind", OfferKind),
        ("OrderState", OrderState),
        ("Role", Role),
        ("Speaker", Speaker),
    ],
)
def test_it_knows_the_codes_words(name: str, words: type[enum.StrEnum]) -> None:
    assert SCHEMAS[name]["enum"] == [word.value for word in words]


def test_it_knows_the_words_that_stand_elsewhere() -> None:
    assert [*SCHEMAS["Disposition"]["enum"], NOT_GIVEN] == list(DISPOSITIONS)
    assert SCHEMAS["OrderActionKind"]["enum"] == list(KINDS)
    assert SCHEMAS["Handoff"]["properties"]["medium"]["enum"] == [one.value for one in Medium]
    tiers = [tier.value for tier in Tier]
    assert SCHEMAS["Customer"]["properties"]["tier"]["enum"] == tiers
    assert SCHEMAS["PayloadIdentity"]["properties"]["tier"]["enum"] == [*tiers, None]
    lines = read_files()["paths"]["/api/desk/requests/{id}/grant"]["post"]["x-errors"]
    assert {f"409 {one.value}" for one in Refusal} <= lines.keys()
