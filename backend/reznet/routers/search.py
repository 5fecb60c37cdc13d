"""The search over HTTP."""

import json
from datetime import UTC, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator

from reznet.core.errors import Invalid
from reznet.routers.dependencies import Reading, TheActor
from reznet.routers.paging import Paged, searchable
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.search import SearchHit, SearchSort
from reznet.services import search

router = APIRouter(tags=["messages"], route_class=ApiRoute)

NOTES = "X-Search-Notes"
Asked = Annotated[
    str,
    Query(
        max_length=500,
        description='Words, all of which must be there; "exact words"; -without; from:name, in:channel, '
        "before:, after: and on: with a date. The last word may be a beginning, unless a blank follows.",
    ),
    AfterValidator(searchable),
]
Zone = Annotated[
    str,
    Query(max_length=64, description="Where days begin and end: an IANA name like Asia/Tokyo."),
]


@router.get(
    "/search",
    operation_id="messages_search",
    responses={
        200: {
            "headers": {
                NOTES: {
                    "description": "A JSON array of sentences about what was not understood; left out when all was.",
                    "schema": {"type": "string"},
                }
            }
        },
        **documented(),
    },
)
async def search_messages(
    q: Asked,
    session: Reading,
    actor: TheActor,
    response: Response,
    paging: Paged,
    sort: SearchSort = SearchSort.NEWEST,
    tz: Zone = "UTC",
) -> list[SearchHit]:
    """Find messages, the newest or the best matches first.

    Archived channels are searched too; deleted messages and answers that still stream are not found.
    """
    found = await search.search(
        session, actor, q, zone=_zone(tz), sort=sort, limit=paging.limit, cursor=paging.cursor
    )
    if found.notes:
        response.headers[NOTES] = json.dumps(found.notes)  # ASCII: a header can hold nothing else
    return paging.rows(found.page)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # all that ZoneInfo raises for names of all kinds
        raise Invalid.field("tz", "is not a time zone that this server knows") from None
