"""Known website visitors: a token that the shop's server signed, never what the browser claims.

A JWT (RFC 7519), HS256, with `sub` (the shop's customer id), `exp` (at most a day ahead) and
optionally `name`. It is verified when it arrives and again at every message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt

from bot.conversation.log import Clock, VerifiedIdentity

LONGEST = timedelta(hours=24)
"""A token that lives longer is refused: it would outlast a sign-out by too much."""

LONGEST_TOKEN = 4096
"""Characters; a real one has about 200."""


class BadIdentity(Exception):
    """Why a token is worth nothing, in words for the shop's developer."""


class IdentityTokens:
    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def verify(self, token: object) -> VerifiedIdentity:
        """Raises BadIdentity."""
        if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
            raise BadIdentity("the token is not a JWT")
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False},
            )
            until = datetime.fromtimestamp(int(claims["exp"]), UTC)
            customer_id = int(claims["sub"])
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError) as error:
            raise BadIdentity(f"the token can't be verified: {error}") from error
        now = self._clock()
        if until <= now:
            raise BadIdentity("the token has expired")
        if until > now + LONGEST:
            raise BadIdentity("the token lives longer than a day; use a shorter exp")
        name = claims.get("name")
        return VerifiedIdentity(customer_id, name[:200] if isinstance(name, str) else "", until)

    def sign(self, customer_id: int, name: str, lasts: timedelta = timedelta(hours=1)) -> str:
        """What the shop's server does; here for the demo shop front and the tests."""
        claims = {
            "sub": str(customer_id),
            "name": name,
            "exp": int((self._clock() + lasts).timestamp()),
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")
