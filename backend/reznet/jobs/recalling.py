"""Recall for a run: the request is embedded while no session is open, then what fits is read. It never fails a run.

What takes too long is left: first the meaning, then the words are searched alone, at last nothing is recalled. A question
that an embedder has not answered in time keeps later ones from waiting for it, too.
"""

import asyncio
from dataclasses import replace

import structlog

from reznet.core import metrics
from reznet.core.database import Database
from reznet.core.errors import Problem
from reznet.schemas.runs import RunContext
from reznet.services.memories import Asked
from reznet.services.ports import Ports
from reznet.services.recall import ask, ask_by_words, recall
from reznet.services.recall_query import Query, query_of, query_of_task

log = structlog.get_logger(__name__)

# The packaged model answers in some 10 ms, and needs half a second when it is loaded.
_EMBED_SECONDS = 1.5
_SEARCH_SECONDS = 3.0


class Recaller:
    """Finds what runs may be told of memory."""

    def __init__(self, database: Database, ports: Ports) -> None:
        """Take what recall needs."""
        self._database = database
        self._ports = ports
        self._late: asyncio.Task[Asked] | None = None

    async def recalled(self, run: RunContext) -> RunContext:
        """Return the run with what fits it of memory, or as it is where there is none."""
        if not run.remembers:
            return run
        if run.brief is None:
            query = query_of(run.request, run.history, run.agent.id)
        else:
            query = query_of_task(run.brief, run.request.created_at)
        asked = None if query is None else await self._asked(query)
        try:
            async with asyncio.timeout(_SEARCH_SECONDS), self._database.read() as session:
                found = await recall(session, run, query, asked)
        except TimeoutError:
            log.warning("memories were not searched in time")
        except Problem as error:
            log.warning("memories can't be searched", error=error.detail)
        except Exception:  # an answer without memories is better than none
            log.exception("memories can't be searched")
        else:
            has_meaning = asked is None or asked.embedded or self._ports.embedder is None
            metrics.count_recall("full" if has_meaning else "words")
            return replace(run, recollections=found)
        metrics.count_recall("failed")
        return run

    async def _asked(self, query: Query) -> Asked:
        """Return the query with its vector, without one if the embedder does not give it in time."""
        if self._late is not None and not self._late.done():
            return ask_by_words(query)
        # It goes on when time is up: a model that is being loaded is there for the next question.
        asking = asyncio.get_running_loop().create_task(ask(self._ports, query), name="recall")
        done, _ = await asyncio.wait([asking], timeout=_EMBED_SECONDS)
        if not done:
            self._late = asking
            log.warning("the embedder does not answer in time")
            return ask_by_words(query)
        if (error := asking.exception()) is not None:  # by its contract there is none
            log.error("a question can't be embedded", exc_info=error)
            return ask_by_words(query)
        return asking.result()
