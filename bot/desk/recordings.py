"""Listening to a conversation's recordings, for those who may read the conversation."""

from __future__ import annotations

from typing import Any

import structlog
from aiohttp import web

from bot.call.recordings import RECORDINGS, url_of
from bot.centre import CENTRE
from bot.desk.api import conversation_to_read
from bot.desk.guard import DeskError, signed_in
from bot.desk.signin import SignedIn
from bot.desk.views import moment
from bot.store.audit import Act, audit
from bot.store.tables import RecordingRow

log = structlog.get_logger()


def recording_routes() -> list[web.RouteDef]:
    """For an app with CENTRE and RECORDINGS."""
    return [
        web.get("/api/conversations/{id}/recordings", signed_in(recordings)),
        web.get("/api/conversations/{id}/recordings/{recording}", signed_in(listen)),
    ]


async def recordings(request: web.Request, _who: SignedIn) -> web.Response:
    conversation = await conversation_to_read(request)
    rows = await request.app[RECORDINGS].of(conversation.id)
    return web.json_response({"recordings": [recording_view(row) for row in rows]})


def recording_view(row: RecordingRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": url_of(row),
        "leg": row.leg_id,
        "started_at": moment(row.started_at),
        "ended_at": moment(row.ended_at),
        "ms": row.ms,
        "gaps": row.gaps,
    }


async def listen(request: web.Request, who: SignedIn) -> web.StreamResponse:
    """The sound, whole or (with a Range header, as players send to seek) a part of it."""
    conversation = await conversation_to_read(request)
    kept = request.app[RECORDINGS]
    row = await kept.find(request.match_info["recording"])
    if row is None or row.conversation_id != conversation.id:
        raise DeskError(404, "unknown", "There is no such recording.")
    if not kept.path(row).is_file():
        log.error("a recording's file is missing", recording=row.id)
        raise DeskError(404, "file_missing", "The recording's file is missing.")
    if request.headers.get("Range", "bytes=0-").startswith("bytes=0-"):  # seeking is no new hearing
        log.info("recording opened", recording=row.id, agent=who.agent.username)
        centre = request.app[CENTRE]
        async with centre.database.writing() as session:
            audit(
                session, centre.clock(), Act.RECORDING_OPENED, who.agent.id,
                conversation_id=conversation.id, recording=row.id,
            )  # fmt: skip
    return web.FileResponse(
        kept.path(row),
        headers={"Content-Type": "audio/wav", "X-Content-Type-Options": "nosniff"},
    )
