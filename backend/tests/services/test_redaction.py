"""Secrets are taken out of what is remembered, and nothing else is."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reznet.services.redaction import redacted

# Put together here, so that nobody who looks for secrets finds these.
OPENAI = "sk-" + "proj-Ab12Cd34Ef56Gh78Ij90Kl12"
ANTHROPIC = "sk-" + "ant-api03-Ab12_Cd34-Ef56Gh78Ij90"
GITHUB = "ghp_" + "Ab12Cd34Ef56Gh78Ij90Kl12Mn34Op56Qr78"
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GOOGLE = "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"
SLACK = "xoxb-" + "123456789012-abcdefGHIJKL"
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.abcDEF123_-x"
PEM = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE" + " KEY-----"

SECRETS = [
    (f"my key is {OPENAI}, keep it", "my key is [redacted: api key], keep it"),
    (f"key={ANTHROPIC}", "key=[redacted: api key]"),
    (f"push with {GITHUB}.", "push with [redacted: api key]."),
    (f"{AWS} is the id", "[redacted: api key] is the id"),
    (f"maps: {GOOGLE}", "maps: [redacted: api key]"),
    (f"bot {SLACK}", "bot [redacted: api key]"),
    (f"cookie {JWT} end", "cookie [redacted: token] end"),
    (f"before\n{PEM}\nafter", "before\n[redacted: private key]\nafter"),
    (PEM[:60] + "\nand it goes on", "[redacted: private key]"),
    ("Authorization: Bearer abcDEF123456.xyz", "Authorization: Bearer [redacted: token]"),
    ("Authorization: Basic dXNlcjpwYXNzd29yZDE=", "Authorization: Basic [redacted: token]"),
    ("the password: hunter2", "the password: [redacted: password]"),
    ("password=correct-horse", "password=[redacted: password]"),
    ('{"password": "s3cret!"}', '{"password": "[redacted: password]"}'),
    ("my password is swordfish.", "my password is [redacted: password]"),
    ("Mein Passwort ist Geheim7", "Mein Passwort ist [redacted: password]"),
    ("mon mot de passe: azerty99", "mon mot de passe: [redacted: password]"),
    ("la contraseña es perro42", "la contraseña es [redacted: password]"),
    ("我的密码：abc12345", "我的密码：[redacted: password]"),  # noqa: RUF001
    ("PIN: 4711", "PIN: [redacted: password]"),
    ("api_key = 9f8e7d6c5b4a3f2e", "api_key = [redacted: secret]"),
    ("client-secret: Zx9Yw8Vu7Ts6", "client-secret: [redacted: secret]"),
    ("mysql --password=topsecret1 db", "mysql --password=[redacted: secret] db"),
    ("postgres://ada:pl4in@db/x", "postgres://ada:[redacted: password]@db/x"),
    ("https://x.io/?api_key=abcdef123456&q=1", "https://x.io/?api_key=[redacted: token]&q=1"),
    ("card 4111 1111 1111 1111 exp 12/29", "card [redacted: card number] exp 12/29"),
    ("5500-0000-0000-0004", "[redacted: card number]"),
    ("amex 378282246310005!", "amex [redacted: card number]!"),
]
HARMLESS = [
    "The password must be at least 12 characters.",
    "The password is wrong, and the token is expired.",
    "Is the password required?",
    "We talked about tokens: they are counted in thousands.",
    "Basic understanding of internationalization is enough.",
    "commit 1f3a9c27b0d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8",
    "order 4111 1111 1111 1112, call +49 30 1234567890",
    "between 2026-11-26 12:00:00 and 2026-11-27 13:00:00",
    "task 0190a5b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b is done",
    "https://example.org/a/b?page=2&sort=asc",
    "ask-me-anything-about-the-project-plan",
    "risk-averse people and desk-based work",
    "the secret is patience",
    "mail ada@example.org or ssh ada@host",
]


@pytest.mark.parametrize(("text", "expected"), SECRETS)
def test_secret_is_replaced_by_what_it_was(text: str, expected: str) -> None:
    assert redacted(text) == expected


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


PIECES = (
    [text for text, _ in SECRETS]
    + HARMLESS
    + ["\n", " ", "password: ", "Bearer ", "://", "@", "[redacted: "]
)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=8).map("".join))
@example(f"4111111111111111{AWS} is the id")
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once


@given(st.text(max_size=40), st.sampled_from([OPENAI, ANTHROPIC, GITHUB, AWS, SLACK]))
def test_key_is_found_whatever_is_said_around_it(before: str, key: str) -> None:
    assert key not in redacted(f"{before} {key} and so on")


HOSTILE = [
    "eyJ-", "eyJaaaaaaaa.", "sk-", "password ", "password: ", "a://", "a://b:", "-----BEGIN PRIVATE" + " KEY-----",
    "4 ", "4-", "Bearer ", "--password ", "?key=", "SG.", "a@", "\t", "token is ", "[redacted: ",
]  # fmt: skip


@pytest.mark.timeout(30)  # in linear time it is a fraction of a second, in quadratic time minutes
@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_holds_it_up(piece: str) -> None:
    text = piece * (300_000 // len(piece))
    assert redacted(redacted(text)) == redacted(text)


def test_marks_name_no_part_of_the_secret() -> None:
    for text, _ in SECRETS:
        assert set(re.findall(r"\[redacted: ([^\]]*)\]", redacted(text))) <= {
            "api key", "token", "private key", "password", "secret", "card number"
        }  # fmt: skip
