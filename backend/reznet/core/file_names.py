"""Names of files: from what a client calls a file to a name that can be shown and saved anywhere."""

import re
import unicodedata

from reznet.core.text import storable

MAX_NAME_BYTES = 255  # the most that common file systems take
_LONGEST_ENDING = 32
_NAMELESS = "file"
# Not allowed in names on Windows; browsers would replace them when they save the file.
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
# They join letters and emoji; every other character of their kind is invisible or turns text around.
_JOINERS = "\u200c\u200d"
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Windows takes these for devices, whatever their ending.
_DEVICES = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:\.|$)",
    re.IGNORECASE,
)


def safe_file_name(name: str) -> str:
    """Return a name that can be shown and saved anywhere; never empty, at most 255 bytes of UTF-8.

    Folders are dropped, and so are control characters, invisible ones, and those that change the
    direction of text and make `gpj.exe` look like `exe.jpg`. Any script and emoji stay.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", storable(name)))[-1]
    seen = "".join(
        " " if char in "\t\n\r" else char
        for char in last
        if char in _JOINERS or char in "\t\n\r" or unicodedata.category(char) not in _UNSEEN
    )
    plain = _tidy(_NOT_IN_NAMES.sub("_", " ".join(seen.split())))
    if _DEVICES.match(plain):
        plain = f"_{plain}"
    return _shortened(plain) or _NAMELESS


def _tidy(name: str) -> str:
    """Windows drops blanks and dots at the end; a name of joiners or dots alone is none."""
    trimmed = name.strip().rstrip(". ")
    return trimmed if trimmed.strip("." + _JOINERS) else ""


def _shortened(name: str) -> str:
    """Return the name with its middle cut away where it is too long; the ending stays."""
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = MAX_NAME_BYTES - len(f"{dot}{ending}".encode())
    # What is cut within a character goes with it.
    return stem.encode()[:room].decode(errors="ignore").rstrip(f". {_JOINERS}") + dot + ending
