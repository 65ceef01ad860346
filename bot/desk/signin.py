"""Who works here: accounts with argon2 passwords, sessions, and a limit on tries."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from bot.conversation.log import Clock, secret_hash
from bot.store.audit import Act, audit
from bot.store.database import Database
from bot.store.desk_tables import Agent, FailedSignIn, Role, Session

WINDOW = timedelta(minutes=15)
TRIES_PER_NAME = 5
TRIES_PER_SOURCE = 20
"""In a window. OWASP's advice is to slow guessing per account and per source; five mistakes are what
a person makes who forgot which password it was."""

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
"""Characters. NIST SP 800-63B: length over composition rules; the upper bound keeps argon2 cheap."""

DEMO_PASSWORD = "juniper-demo"  # noqa: S105  (demo mode only, printed at start)
DEMO_AGENTS = (
    ("maya", "Maya Lindqvist", Role.AGENT),
    ("sam", "Sam Okafor", Role.AGENT),
    ("noor", "Noor Haddad", Role.SENIOR),
)


class WrongPassword(Exception):
    """Or an unknown name: the two look the same."""


class TooManyTries(Exception):
    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


class BadAccount(Exception):
    """What is wrong with a new password or account, in words for the person."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    agent: Agent
    csrf: str
    secret: str
    """The cookie's value; empty when looked up by it."""


def signed_out(agent_id: int) -> str:
    """The topic of an agent's desks that may have to close."""
    return f"signed out: {agent_id}"


class SignIn:
    def __init__(self, database: Database, clock: Clock, *, hours: float) -> None:
        self._database = database
        self._clock = clock
        self._lasts = timedelta(hours=hours)
        self._hasher = PasswordHasher()  # argon2id with RFC 9106's second recommendation
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    @property
    def lasts_s(self) -> int:
        return int(self._lasts.total_seconds())

    async def sign_in(self, username: str, password: str, source: str) -> SignedIn:
        """Raises WrongPassword, TooManyTries. A try is counted before it is judged, so that many
        at once can't slip through; success takes it back."""
        username = username.strip().lower()[:80]
        attempt = await self._count_try(username, source[:80])
        async with self._database.reading() as session:
            agent = await session.scalar(select(Agent).where(Agent.username == username))
        known = agent.password_hash if agent else self._nobody
        if not await asyncio.to_thread(self._verify, known, password) or agent is None:
            async with self._database.writing() as session:
                # An unknown name isn't kept: now and then it is somebody's password.
                failed = agent.id if agent else None
                audit(session, self._clock(), Act.SIGN_IN_FAILED, failed, source=source)
            raise WrongPassword
        now = self._clock()
        secret = secrets.token_urlsafe(32)
        row = Session(
            secret_hash=secret_hash(secret),
            agent_id=agent.id,
            csrf=secrets.token_urlsafe(24),
            created_at=now,
            expires_at=now + self._lasts,
        )
        async with self._database.writing() as session:
            await session.execute(delete(FailedSignIn).where(FailedSignIn.id == attempt))
            await session.execute(delete(Session).where(Session.expires_at < now))
            session.add(row)
            audit(session, now, Act.SIGNED_IN, agent.id, source=source)
        return SignedIn(agent, row.csrf, secret)

    async def _count_try(self, username: str, source: str) -> int:
        now = self._clock()
        since = now - WINDOW
        async with self._database.writing() as session:
            if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
                for key in sorted({f"name {username}", f"source {source}"}):
                    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))
            await session.execute(delete(FailedSignIn).where(FailedSignIn.at < since))
            for column, value, most in (
                (FailedSignIn.username, username, TRIES_PER_NAME),
                (FailedSignIn.source, source, TRIES_PER_SOURCE),
            ):
                count, oldest = (
                    await session.execute(
                        select(func.count(), func.min(FailedSignIn.at)).where(column == value)
                    )
                ).one()
                if count >= most:
                    wait = (oldest + WINDOW - now).total_seconds()
                    raise TooManyTries(max(1, round(wait)))
            row = FailedSignIn(username=username, source=source, at=now)
            session.add(row)
            await session.flush()
            return row.id

    def _verify(self, known: str, password: str) -> bool:
        try:
            return len(password) <= LONGEST_PASSWORD and self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False

    async def whose(self, secret: str | None) -> SignedIn | None:
        """Who holds this cookie, if it is still good."""
        if not secret:
            return None
        async with self._database.reading() as session:
            row = await session.get(Session, secret_hash(secret))
            if row is None or row.expires_at <= self._clock():
                return None
            agent = await session.get(Agent, row.agent_id)
        return SignedIn(agent, row.csrf, "") if agent else None

    async def sign_out(self, secret: str) -> None:
        async with self._database.writing() as session:
            row = await session.get(Session, secret_hash(secret))
            if row is None:
                return
            await session.delete(row)
            await session.flush()
            others = await session.scalar(
                select(func.count()).where(Session.agent_id == row.agent_id)
            )
            agent = await session.get(Agent, row.agent_id)
            if agent and not others:
                agent.seen_at = None
            audit(session, self._clock(), Act.SIGNED_OUT, row.agent_id)

    async def change_password(self, agent_id: int, current: str, new: str, keep: str) -> None:
        """Other sessions of the agent end; the one whose cookie is `keep` goes on.
        Raises WrongPassword, BadAccount."""
        async with self._database.reading() as session:
            agent = await session.get_one(Agent, agent_id)
        if not await asyncio.to_thread(self._verify, agent.password_hash, current):
            raise WrongPassword
        if new == current:
            raise BadAccount("The new password is the old one.")
        hashed = await self._hash(new)
        async with self._database.writing() as session:
            row = await session.get_one(Agent, agent_id)
            row.password_hash = hashed
            row.must_change_password = False
            await session.execute(
                delete(Session).where(
                    Session.agent_id == agent_id, Session.secret_hash != secret_hash(keep)
                )
            )
            audit(session, self._clock(), Act.PASSWORD_CHANGED, agent_id)

    async def _hash(self, password: str) -> str:
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise BadAccount(
                f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
            )
        return await asyncio.to_thread(self._hasher.hash, password)

    async def add_agent(
        self,
        username: str,
        name: str,
        role: Role,
        password: str,
        *,
        must_change: bool = True,
        by: int | None = None,
    ) -> Agent:
        """`by`: the agent who adds it; None: the system. Raises BadAccount."""
        username = username.strip().lower()
        if not username or len(username) > 80 or not username.isprintable() or " " in username:
            raise BadAccount("A user name has 1 to 80 characters and no spaces.")
        if not name.strip() or len(name) > 120:
            raise BadAccount("A name has 1 to 120 characters.")
        agent = Agent(
            username=username,
            name=name.strip(),
            role=role,
            password_hash=await self._hash(password),
            must_change_password=must_change,
            created_at=self._clock(),
        )
        try:
            async with self._database.writing() as session:
                session.add(agent)
                audit(
                    session, agent.created_at, Act.AGENT_ADDED, by,
                    username=username, role=role.value,
                )  # fmt: skip
        except IntegrityError as error:
            raise BadAccount(f"The user name {username} is taken.") from error
        return agent

    async def first_administrator(self) -> str | None:
        """Makes the account `admin` where there is no administrator; its one-time password, to be
        printed once, or None."""
        async with self._database.reading() as session:
            known = await session.scalar(
                select(func.count()).where(Agent.role == Role.ADMINISTRATOR)
            )
        if known:
            return None
        password = secrets.token_urlsafe(12)
        try:
            await self.add_agent("admin", "Administrator", Role.ADMINISTRATOR, password)
        except BadAccount:  # another process, started in the same moment, was first
            return None
        return password

    async def demo_agents(self) -> None:
        """Accounts anybody can read about: demo mode only."""
        async with self._database.reading() as session:
            known = set(await session.scalars(select(Agent.username)))
        for username, name, role in DEMO_AGENTS:
            if username not in known:
                with contextlib.suppress(BadAccount):  # another process was first
                    await self.add_agent(username, name, role, DEMO_PASSWORD, must_change=False)

    async def remove_demo_agents(self) -> int:
        """What production mode does with accounts whose password is public knowledge: they are
        locked (their conversations stay theirs). Returns how many were."""
        locked = 0
        names = [username for username, *_ in DEMO_AGENTS]
        async with self._database.writing() as session:
            rows = await session.scalars(select(Agent).where(Agent.username.in_(names)))
            for agent in list(rows):
                if await asyncio.to_thread(self._verify, agent.password_hash, DEMO_PASSWORD):
                    agent.password_hash = "locked"  # noqa: S105
                    await session.execute(delete(Session).where(Session.agent_id == agent.id))
                    locked += 1
        return locked
