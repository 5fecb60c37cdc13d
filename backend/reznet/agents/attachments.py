"""How files that people attach are told to a model. Pure.

A text file is given under its name, fenced, and cut where the budget ends, with a mark that says so.
Every other file is only named. What a file says stands under `[Ada, file "notes.txt"]:`, and text
in it that imitates such a beginning is defused like that of messages.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reznet.agents.tokens import estimate_tokens
from reznet.agents.voices import defused, plain_name
from reznet.core.media import shown_size

# Below this a piece of a file tells nothing.
_LEAST_TOKENS = 40
_LONGEST_NAME = 100
_TICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of a message. `text` is None where it is no text; `is_whole` False: how it begins."""

    name: str
    media_type: str
    size: int
    pixels: tuple[int, int] | None = None
    text: str | None = None
    is_whole: bool = True
    is_guess: bool = False


def file_parts(author: str, files: Sequence[AttachedFile], tokens: int) -> list[str]:
    """Return what is told of each file. Texts share the tokens, and short ones leave the rest over.

    What is told beside the texts may take more than the tokens.
    """
    told = {index: _named(author, file) for index, file in enumerate(files)}
    left = tokens - sum(estimate_tokens(part) + 1 for part in told.values())
    with_text = [index for index in told if files[index].text is not None]
    with_text.sort(key=lambda index: len(files[index].text or ""))
    for done, index in enumerate(with_text):
        share = left // (len(with_text) - done)
        told[index] = _with_text(author, files[index], share)
        left -= max(
            0, estimate_tokens(told[index]) - estimate_tokens(_named(author, files[index]))
        )
    return list(told.values())


def most_that_fits(length: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to `length` that fits, 0 when none does; found by halving."""
    least, most = 0, length
    while least < most:
        middle = (least + most + 1) // 2
        if fits(middle):
            least = middle
        else:
            most = middle - 1
    return least


def _named(author: str, file: AttachedFile) -> str:
    if file.text is not None:
        return f"{_beginning(author, file)} (a text of {shown_size(file.size)}, left out for its length)"
    if file.pixels is not None:
        width, height = file.pixels
        what = f"an image of {width:,} by {height:,} pixels, {shown_size(file.size)}; you can't see it"
    else:
        what = f"{file.media_type}, {shown_size(file.size)}; you can't read it"
    return f"{_beginning(author, file)} ({what})"


def _with_text(author: str, file: AttachedFile, share: int) -> str:
    """Return the file with as much of its text as its share of tokens holds beside its name."""
    text = defused(file.text or "")
    longest = max((len(run) for run in _TICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    beginning = _beginning(author, file)
    if file.is_guess:
        beginning += " (not UTF-8; read as Latin-1, so some letters may be wrong)"

    def cut(length: int) -> str:
        is_all = length == len(text) and file.is_whole
        mark = "" if is_all else f"\n(… cut: {length:,} of {_whole(file, text)})"
        return f"{beginning}\n{fence}\n{text[:length]}\n{fence}{mark}"

    share += estimate_tokens(_named(author, file))
    if share < _LEAST_TOKENS:
        return _named(author, file)
    length = most_that_fits(len(text), lambda length: estimate_tokens(cut(length)) <= share)
    return cut(length) if length else _named(author, file)


def _whole(file: AttachedFile, text: str) -> str:
    if file.is_whole:
        return f"{len(text):,} characters"
    return f"the characters of a file of {shown_size(file.size)}"


def _beginning(author: str, file: AttachedFile) -> str:
    name = plain_name(file.name.replace('"', " "))
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 20]}…{name[-19:]}"
    return f'[{author}, file "{name}"]:'
