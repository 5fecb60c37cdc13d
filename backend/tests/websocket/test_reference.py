from pathlib import Path
from typing import cast

from reznet.core.database import Database
from reznet.schemas.events import EventKind
from reznet.services.ports import Ports
from reznet.websocket import reference
from reznet.websocket.handlers import Handlers

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "events.md"


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.render(), (
        "run `python -m reznet.websocket.reference`"
    )


def test_page_knows_every_event() -> None:
    handlers = Handlers(
        cast("Database", None),
        cast("Ports", None),
        None,
        None,
        None,  # type: ignore[arg-type]
    )
    assert {name: command.request for name, command in handlers.commands.items()} == {
        name: request for name, (request, _) in reference.FROM_CLIENT.items()
    }
    assert {kind.value for kind in EventKind} <= set(reference.FROM_SERVER)
