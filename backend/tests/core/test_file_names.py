"""Names of files that clients send, as they are shown and saved."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.core.file_names import MAX_NAME_BYTES, safe_file_name


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("Übersicht 2026.xlsx", "Übersicht 2026.xlsx"),
        ("日本語の資料.txt", "日本語の資料.txt"),
        ("👩‍💻.md", "👩‍💻.md"),
        ("می‌خواهم.txt", "می‌خواهم.txt"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        (".gitignore", ".gitignore"),
        ("archive.tar.gz", "archive.tar.gz"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\notes.txt", "notes.txt"),
        ("a/b\\c/d.txt", "d.txt"),
        ("folder/", "file"),
        ("..", "file"),
        (".", "file"),
        ("   ", "file"),
        ("\u200d\u200c", "file"),
        ("\u202e", "file"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066a\u2069.txt", "a.txt"),
        ("a\x00b\x1b[31m.txt", "ab[31m.txt"),
        ("a\r\nSet-Cookie: x.txt", "a Set-Cookie_ x.txt"),
        ('he said "hi" <b>.html', "he said _hi_ _b_.html"),
        ("what?*|.txt", "what___.txt"),
        ("name. . .", "name"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Lpt9.tar.gz", "_Lpt9.tar.gz"),
        ("console.txt", "console.txt"),
        ("a\ud800b.txt", "a\ufffdb.txt"),
        ("\ufeffbom.txt", "bom.txt"),
    ],
)
def test_names_are_made_safe_and_otherwise_kept(given_name: str, kept: str) -> None:
    assert safe_file_name(given_name) == kept


@pytest.mark.parametrize(
    ("name", "ending"),
    [("x" * 300 + ".pdf", ".pdf"), ("é" * 300 + ".txt", ".txt"), ("😀" * 100 + ".jpeg", ".jpeg")],
)
def test_a_long_name_keeps_its_ending(name: str, ending: str) -> None:
    short = safe_file_name(name)
    assert MAX_NAME_BYTES - 4 < len(short.encode()) <= MAX_NAME_BYTES
    assert short.endswith(ending)
    assert short[0] == name[0]


def test_what_is_too_long_for_an_ending_is_cut_like_the_rest() -> None:
    assert len(safe_file_name("a." + "b" * 400).encode()) == MAX_NAME_BYTES


@given(st.text(max_size=400))
def test_whatever_comes_the_name_can_be_shown_saved_and_named_again(name: str) -> None:
    safe = safe_file_name(name)
    assert safe
    assert len(safe.encode()) <= MAX_NAME_BYTES
    assert not set(safe) & set('/\\<>:"|?*')
    assert safe not in {".", ".."}
    assert not any(
        unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
        or (unicodedata.category(char) == "Cf" and char not in "\u200c\u200d")
        for char in safe
    )
    assert safe_file_name(safe) == safe
