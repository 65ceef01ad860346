"""What schemathesis can't know: how one signs in, and that a guesser has an address."""

from __future__ import annotations

import os
from itertools import count
from typing import Any

import requests
import schemathesis

from tests.desk.api_desk import PASSWORD

numbers = count()


def somewhere() -> str:
    """Another address each time: tries to sign in are counted by address."""
    number = next(numbers)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def session_for(_case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str:
    """Signing out ends a session, so that it needs another one each time."""
    signs_out = context.operation.path == "/api/signout"
    return f"until signed out {next(numbers)}" if signs_out else "to work with"


@schemathesis.auth(cache_by_key=session_for)
class SignedIn:
    """An administrator."""

    def get(
        self, _case: schemathesis.Case[Any], _context: schemathesis.AuthContext
    ) -> tuple[str, str]:
        answer = requests.post(
            f"{os.environ['DESK_URL']}/api/signin",
            json={"username": "ada", "password": PASSWORD},
            headers={"X-Forwarded-For": somewhere()},
            timeout=30,
        )
        answer.raise_for_status()
        return str(answer.cookies["warmline_session"]), str(answer.json()["csrf"])

    def set(
        self,
        case: schemathesis.Case[Any],
        data: tuple[str, str],
        _context: schemathesis.AuthContext,
    ) -> None:
        case.cookies["warmline_session"], case.headers["X-CSRF-Token"] = data


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: dict[str, Any]
) -> None:
    case.headers["X-Forwarded-For"] = somewhere()
