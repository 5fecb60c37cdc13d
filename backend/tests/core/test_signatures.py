"""Signatures of webhooks."""

from datetime import UTC, datetime, timedelta

import pytest

from reznet.core.signatures import is_genuine, new_secret, signed_headers

# From the tests of the specification's own libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, STAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
MOMENT = datetime.fromtimestamp(STAMP, UTC)


def test_signs_as_the_specification_says() -> None:
    assert signed_headers(SECRET, ID, MOMENT, BODY) == {
        "webhook-id": ID,
        "webhook-timestamp": str(STAMP),
        "webhook-signature": SIGNATURE,
    }


def test_takes_any_of_several_signatures() -> None:
    many = f"v1a,xyz v1,AAAA {SIGNATURE}"
    assert is_genuine(SECRET, (ID, str(STAMP), many), MOMENT, BODY)


@pytest.mark.parametrize(
    ("headers", "late", "body"),
    [
        ((ID, str(STAMP), SIGNATURE), 301, BODY),
        ((ID, str(STAMP), SIGNATURE), -301, BODY),
        ((ID, str(STAMP), SIGNATURE), 0, BODY + b" "),
        ((ID + "x", str(STAMP), SIGNATURE), 0, BODY),
        ((ID, str(STAMP + 1), SIGNATURE), 0, BODY),
        ((ID, f"{STAMP}.0", SIGNATURE), 0, BODY),
        ((ID, "", SIGNATURE), 0, BODY),
        (("", str(STAMP), SIGNATURE), 0, BODY),
        ((ID, "9" * 500, SIGNATURE), 0, BODY),
        ((ID, str(STAMP), ""), 0, BODY),
        ((ID, str(STAMP), SIGNATURE.removeprefix("v1,")), 0, BODY),
        ((ID, str(STAMP), "v1,é\udcff".encode("utf-8", "replace").decode()), 0, BODY),
    ],
)
def test_refuses_what_is_forged_or_old(
    headers: tuple[str, str, str], late: int, body: bytes
) -> None:
    assert not is_genuine(SECRET, headers, MOMENT + timedelta(seconds=late), body)


def test_an_id_with_a_dot_could_move_what_is_signed() -> None:
    secret = new_secret()
    headers = signed_headers(secret, "a.1614265330", MOMENT, BODY)
    assert not is_genuine(
        secret,
        ("a.1614265330", headers["webhook-timestamp"], headers["webhook-signature"]),
        MOMENT,
        BODY,
    )


def test_secrets_are_long_and_differ() -> None:
    assert new_secret().startswith("whsec_")
    assert len(new_secret()) == 50
    assert new_secret() != new_secret()
