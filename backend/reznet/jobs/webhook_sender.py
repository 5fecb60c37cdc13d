"""Calls the addresses that want to know how workflows ended.

Every process does it; a call that another one is making is left to it. What a process that died was making is made
again a minute later, under the same id.
"""

import asyncio

import structlog

from reznet import __version__
from reznet.core.background import woken_within
from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.core.outgoing import CallFailed, post
from reznet.core.signatures import signed_headers
from reznet.services.ports import Ports
from reznet.services.webhooks import deliveries

log = structlog.get_logger(__name__)

_SECONDS = 10.0  # for one call
_AT_ONCE = 8
_LOOK_SECONDS = 15.0  # for calls that no signal told of
_LEAST_SECONDS = 0.02


class WebhookSender:
    """Waits for calls that are due, and makes them."""

    def __init__(self, database: Database, ports: Ports) -> None:
        """Listen for calls that are to be made."""
        self._database = database
        self._ports = ports
        self._wake = asyncio.Event()
        ports.bus.subscribe(Topic.DELIVERIES, lambda _: self._wake.set())

    async def run(self) -> None:
        """Do it for ever."""
        while True:
            self._wake.clear()
            try:
                pause = await self._send_due()
            except Unavailable:
                pause = _LOOK_SECONDS
            except Exception:  # whatever one call does, the others are made
                log.exception("webhooks could not be called")
                pause = _LOOK_SECONDS
            await woken_within(self._wake, pause)

    async def _send_due(self) -> float:
        """Return the seconds until it is worth looking again."""
        while calls := await deliveries.take_due(self._database, _AT_ONCE):
            async with asyncio.TaskGroup() as group:
                for call in calls:
                    group.create_task(self._send(call))
        async with self._database.read() as session:
            due = await deliveries.next_due(session)
        if due is None:
            return _LOOK_SECONDS
        return min(_LOOK_SECONDS, max(_LEAST_SECONDS, (due - now()).total_seconds()))

    async def _send(self, call: deliveries.Call) -> None:
        body = call.body.encode()
        headers = {
            "content-type": "application/json",
            "user-agent": f"RezNet-AI/{__version__}",
            **signed_headers(call.secret, str(call.delivery_id), now(), body),
        }
        private = self._ports.settings.webhook_private
        try:
            response = await post(call.url, body, headers, seconds=_SECONDS, private=private)
        except CallFailed as failure:
            await deliveries.unanswered(self._database, call, str(failure))
            return
        retry_after = response.headers.get("retry-after", "")
        asked = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
        await deliveries.answered(self._database, call, response.status_code, asked)
