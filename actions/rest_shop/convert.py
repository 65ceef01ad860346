"""From the API's answers to the dataclasses of actions/backend.py, which have the same fields."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from actions.rest_shop.wire import View, Wire


def view(wire: Wire[View]) -> View:
    """The dataclass, with all that is in it."""
    values = {name: _value(getattr(wire, name)) for name in type(wire).model_fields}
    made: View = view_type(type(wire))(**values)
    return made


def views(wires: Iterable[Wire[View]]) -> tuple[View, ...]:
    return tuple(view(wire) for wire in wires)


@cache
def view_type(wire: type[Wire[Any]]) -> type[Any]:
    """The dataclass between the brackets of `class Order(Wire[backend.Order])`."""
    for base in wire.__mro__:
        metadata = getattr(base, "__pydantic_generic_metadata__", None) or {}
        if metadata.get("origin") is Wire:
            found: type[Any] = metadata["args"][0]
            return found
    raise TypeError(f"{wire.__name__} says no dataclass: class {wire.__name__}(Wire[...])")


def _value(value: object) -> object:
    if isinstance(value, Wire):
        return view(value)
    if isinstance(value, tuple):
        return tuple(_value(item) for item in value)
    return value
