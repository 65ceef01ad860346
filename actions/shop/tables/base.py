"""What all tables share: the base class, and how moments and enums are held."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, Enum, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from actions.backend import (
    ComplaintKind,
    GrantKind,
    OrderState,
    ReturnReason,
    ReturnState,
    ReturnWish,
    Tier,
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite has no zones: there it is stored bare and given its zone
    back. A naive datetime is refused, since nobody can say which moment it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone, {value!r} has none")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def word_of(kind: type[enum.Enum], length: int = 20) -> Enum:
    """An enum held as its value in a plain VARCHAR, so that a new member needs no ALTER TYPE."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: dict[Any, Any] = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        datetime: Moment,
        date: Date,
        Tier: word_of(Tier),
        OrderState: word_of(OrderState),
        ReturnState: word_of(ReturnState),
        ReturnReason: word_of(ReturnReason, 120),  # once it was free text
        ReturnWish: word_of(ReturnWish),
        GrantKind: word_of(GrantKind),
        ComplaintKind: word_of(ComplaintKind),
    }
