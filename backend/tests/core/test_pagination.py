"""Cursors come back as they were, and nothing else is taken for one."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.core.errors import Invalid
from reznet.core.pagination import decode_cursor, decode_time_id, encode_cursor


@given(
    st.datetimes(timezones=st.timezones()).filter(lambda moment: 1 < moment.year < 9999),
    st.uuids(),
)
def test_a_position_comes_back_to_the_microsecond(moment: datetime, row_id: UUID) -> None:
    assert decode_time_id(encode_cursor(moment, row_id)) == (moment.astimezone(UTC), row_id)


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"])) | st.integers(), min_size=1
    )
)
def test_any_sort_key_comes_back(parts: list[str | int]) -> None:
    cursor = encode_cursor(*parts)
    assert decode_cursor(cursor, len(parts)) == [str(part) for part in parts]
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_times_of_other_zones_are_the_same_moment() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    row_id = uuid4()
    there = moment.astimezone(timezone(timedelta(hours=-9)))
    assert decode_time_id(encode_cursor(there, row_id)) == (moment, row_id)


def _raw(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


ID = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.mark.parametrize(
    "cursor",
    [
        *(
            "",
            " ",
            "!",
            "a",
            "abc=",
            "====",
            "ü",
            "a b",
            "\x00",
            "\ud800",
            "a" * 10_000,
            encode_cursor("one"),
        ),
        *(
            _raw("null"),
            _raw("[]"),
            _raw("{}"),
            _raw("[1, 2]"),
            _raw('["a", null]'),
            _raw("[" * 5_000),
        ),
        *(_raw(f'["2026-01-01T00:00:00+00:00", "{ID}", "more"]'), _raw(f'["", "{ID}"]')),
        *(_raw('["2026-01-01T00:00:00+00:00", "x"]'), _raw(f'["yesterday", "{ID}"]')),
        *(_raw(f'["2026-01-01T00:00:00", "{ID}"]'), _raw(f'["2026-01-01", "{ID}"]')),
        *(
            _raw(f'["0001-01-01T00:00:00+14:00", "{ID}"]'),
            _raw(f'["9999-12-31T23:59:59-14:00", "{ID}"]'),
        ),
    ],
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode_time_id(cursor)
    assert caught.value.code == "invalid_cursor"
    assert [error.field for error in caught.value.errors] == ["cursor"]


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_no_text_does_worse_than_being_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match=r"^cursor: "):
        decode_time_id(cursor)
