"""docs/shop-api.yaml is valid, says everything, and is what the adapter and the server speak."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_args

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from actions import backend
from actions.rest_shop import envelopes, wire
from actions.rest_shop.convert import view, view_type
from actions.rest_shop.envelopes import Missing
from tests.rest_shop.conformance import Conformance, Json, api_file, operations

DOCUMENT = api_file()
SCHEMAS: Json = DOCUMENT["components"]["schemas"]
ANSWERS = [
    model
    for module in (wire, envelopes)
    for model in vars(module).values()
    if isinstance(model, type)
    and issubclass(model, wire.Answer)
    and model.__module__ == module.__name__
    and not any(model.__pydantic_generic_metadata__.values())  # Wire, Wire[Order]
    and model is not wire.Answer
]
VIEWS = [model for model in ANSWERS if issubclass(model, wire.Wire)]


def named(thing: Any) -> str:
    return getattr(thing, "__name__", str(thing))


def words(schema: Json, *path: str) -> set[str]:
    """The enumeration at `path` in `schema`, behind a $ref or not."""
    for step in path:
        schema = schema[step]
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    return set(schema["enum"])


def described(schema: Any, name: str) -> Iterator[tuple[str, Json]]:
    for field, of in schema.get("properties", {}).items():
        yield f"{name}.{field}", of


def test_the_file_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_every_field_is_described_and_has_an_example() -> None:
    for name, schema in SCHEMAS.items():
        for field, of in described(schema, name):
            target = SCHEMAS[of["$ref"].rpartition("/")[2]] if "$ref" in of else of
            assert of.get("description") or target.get("description"), field
            structured = target.get("type") in ("array", "object") or "oneOf" in target
            assert structured or target.get("examples"), field


def test_the_largest_answer_has_a_whole_example() -> None:
    (example,) = SCHEMAS["Order"]["examples"]
    order = view(wire.Order.model_validate_json(json.dumps(example)))
    assert order.shipments[0].events[0].at < order.shipments[0].events[-1].at
    goods = sum(line.quantity * line.unit_price_cents for line in order.lines)
    assert goods - order.discount_cents + order.delivery_cents == order.total_cents


def test_every_amount_says_its_unit() -> None:
    for name, schema in SCHEMAS.items():
        for field, of in described(schema, name):
            if field.endswith("_cents"):
                assert "cents" in of["description"] or "whole cents" in str(of), field


def test_every_operation_has_a_summary_and_says_what_goes_wrong() -> None:
    for path, method, operation in operations(DOCUMENT):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["tags"], where
        assert {"401", "503"} <= operation["responses"].keys(), where
        assert {"200", "201"} & operation["responses"].keys(), where
    assert DOCUMENT["security"] == [{"key": []}]
    assert DOCUMENT["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_what_changes_something_needs_an_idempotency_key() -> None:
    for path, method, operation in operations(DOCUMENT):
        keys = {p.get("$ref", "").rpartition("/")[2] for p in operation.get("parameters", [])}
        changes = method != "get" and path not in (
            "/identity-checks",
            "/orders/{number}/changes:quote",
        )
        assert ("IdempotencyKey" in keys) == changes, path


def test_every_method_of_the_interface_is_an_operation() -> None:
    methods = {name for name in vars(backend.ShopBackend) if not name.startswith("_")}
    named = {operation["operationId"] for _path, _method, operation in operations(DOCUMENT)}
    assert named == methods - {"close"}


@pytest.mark.parametrize("model", ANSWERS, ids=named)
def test_the_adapter_reads_what_the_file_describes(model: type[wire.Answer]) -> None:
    schema = SCHEMAS[model.__name__]
    assert set(schema["properties"]) == set(schema["required"]) == set(model.model_fields)
    assert all(field.is_required() for field in model.model_fields.values())


@pytest.mark.parametrize("model", VIEWS, ids=named)
def test_the_adapter_tells_what_it_read(model: type[wire.Wire[Any]]) -> None:
    told = view_type(model)
    assert told.__name__ == model.__name__
    assert {field.name for field in fields(told)} == set(model.model_fields)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (backend.OrderState, ("OrderState",)),
        (backend.Refusal, ("Refusal",)),
        (backend.Tier, ("Customer", "properties", "tier")),
        (backend.CheckOutcome, ("IdentityCheck", "properties", "outcome")),
        (backend.ReturnReason, ("ReturnRequest", "properties", "reason")),
        (backend.ReturnWish, ("ReturnRequest", "properties", "wish")),
        (backend.ReturnWish, ("Return", "properties", "wish")),
        (backend.ReturnState, ("Return", "properties", "state")),
        (backend.GrantKind, ("GrantKind",)),
        (backend.ComplaintKind, ("ComplaintKind",)),
    ],
    ids=named,
)
def test_the_file_knows_the_same_words(kind: type[enum.StrEnum], path: tuple[str, ...]) -> None:
    assert words(SCHEMAS, *path) == {member.value for member in kind}


def test_the_file_knows_the_same_unknowns() -> None:
    assert words(SCHEMAS, "Unknown", "properties", "unknown") == set(get_args(Missing))


def test_the_files_examples_are_by_its_schemas() -> None:
    conformance = Conformance()

    def check(node: Any, where: str) -> None:
        if isinstance(node, list):
            for item in node:
                check(item, where)
        elif isinstance(node, dict):
            schema = node.get("schema", node)
            given = [node["example"]] if "example" in node and "schema" in node else []
            given += node.get("examples", [])
            for example in given:
                errors = list(conformance.validator(schema).iter_errors(example))
                assert not errors, f"{where}: {errors[0].message}"
            for name, inner in node.items():
                if name not in ("example", "examples"):
                    check(inner, f"{where}/{name}")

    check(DOCUMENT, "")
