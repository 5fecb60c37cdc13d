"""What the log shows, and what it never shows."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from reznet.core.config import Settings
from reznet.core.logging import HIDDEN, configure_logging

KEY = "sk-ant-very-secret"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield io.StringIO()
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


def settings(**values: str) -> Settings:
    return Settings.model_validate({"REZNET_LOG_FORMAT": "json", **values})


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_json_with_the_ids_of_its_context(out: io.StringIO) -> None:
    configure_logging(settings(), out)
    with structlog.contextvars.bound_contextvars(request_id="r1", task_id="t1"):
        structlog.get_logger("reznet.x").info("run started", ms=3)
    (line,) = lines(out)
    assert line["message"] == "run started"
    assert (line["request_id"], line["task_id"], line["ms"], line["level"]) == (
        "r1",
        "t1",
        3,
        "info",
    )


@pytest.mark.parametrize("name", ["uvicorn.error", "dbos", "socketio.server", "some.library"])
def test_libraries_log_the_same_way_and_once(out: io.StringIO, name: str) -> None:
    configure_logging(settings(), out)
    logging.getLogger(name).error("broken %s", "pipe")
    (line,) = lines(out)
    assert line["message"] == "broken pipe"
    assert line["logger"] == name


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_secrets_are_hidden_wherever_they_turn_up(out: io.StringIO, log_format: str) -> None:
    configured = settings(
        REZNET_LOG_FORMAT=log_format,
        ANTHROPIC_API_KEY=KEY,
        OPENAI_API_KEY='quo"ted\\key',
        DATABASE_URL="postgresql://me:p%40ssword@db/x",
    )
    configure_logging(configured, out)
    log = structlog.get_logger("reznet.x")
    sentence = f"calling with {KEY}"
    log.info(sentence, header={"x-api-key": KEY}, url=configured.database_url)
    log.info("other", key='quo"ted\\key', decoded="p@ssword")
    logging.getLogger("some.library").warning("Authorization: %s", KEY)
    try:
        raise RuntimeError(f"refused: {KEY}")
    except RuntimeError:
        log.exception("failed")
    text = out.getvalue()
    assert "refused" in text
    assert HIDDEN in text
    for secret in (KEY, "p@ssword", "p%40ssword", 'quo"ted\\key', 'quo\\"ted\\\\key'):
        assert secret not in text


def test_lines_below_the_level_and_addresses_of_http_clients_are_left_out(
    out: io.StringIO,
) -> None:
    configure_logging(settings(), out)
    structlog.get_logger("reznet.x").debug("detail")
    logging.getLogger("httpx").info("HTTP Request: GET http://x/?key=1")
    assert out.getvalue() == ""


def test_what_no_encoder_likes_does_not_break_the_log(out: io.StringIO) -> None:
    configure_logging(settings(), out)
    structlog.get_logger("reznet.x").info("odd", text="\ud83d\x00", number=2**80, thing=object())
    (line,) = lines(out)
    assert line["number"] == 2**80
