"""What is kept of a long message as a memory: its prose, cut between sentences. Pure."""

import re

# What the packaged embedder reads of a text is about 2,000 characters; of an answer the beginning tells most.
REQUEST_CHARS, ANSWER_CHARS = 1_600, 1_200
_CODE_CHARS = 240
_CUT = " […]"
_FENCE = re.compile(
    r"^[ \t>]{0,8}(`{3,}|~{3,})[ \t]{0,3}([\w+#.-]{0,30})[^\n]{0,200}$", re.MULTILINE
)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]*_]{0,3}(?=\s)|[。！？]|\n+")  # noqa: RUF001 - Chinese and Japanese ends
_CITATION = re.compile(r" ?\[m\d{1,3}(?:, ?m\d{1,3}){0,20}\]")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def excerpt(text: str, most: int) -> str:
    """Return what to keep of a text, at most `most` characters: whole sentences, and long code only named.

    Marks of the memories that an answer cites are left out: they mean nothing anywhere else.
    """
    prose = _BLANK_LINES.sub("\n", _CITATION.sub("", without_code(text))).strip()
    if len(prose) <= most:
        return prose
    room = most - len(_CUT)
    ends = [match.end() for match in _SENTENCE_END.finditer(prose, room // 2, room + 1)]
    end = ends[-1] if ends else prose.rfind(" ", room // 2, room)
    return prose[: end if end > 0 else room].rstrip() + _CUT


def without_code(text: str) -> str:
    """Return the text with each long block of code replaced by its language and length.

    A fence that is never closed reaches to the end, as everywhere in Markdown.
    """
    parts: list[str] = []
    at = 0
    while (opening := _FENCE.search(text, at)) is not None:
        closing = _closing(text, opening)
        code_end = closing.start() if closing else len(text)
        block_end = closing.end() if closing else len(text)
        code = text[opening.end() : code_end]
        parts.append(text[at : opening.start()])
        parts.append(
            text[opening.start() : block_end]
            if len(code) <= _CODE_CHARS
            else _named(opening[2], code)
        )
        at = block_end
    parts.append(text[at:])
    return "".join(parts)


def sentences(text: str) -> list[str]:
    """Return the sentences and lines of a text, without blanks around them."""
    found: list[str] = []
    at = 0
    for match in _SENTENCE_END.finditer(text):
        found.append(text[at : match.end()].strip())
        at = match.end()
    found.append(text[at:].strip())
    return [sentence for sentence in found if sentence]


def _closing(text: str, opening: re.Match[str]) -> re.Match[str] | None:
    """Return the fence that ends the block: of the same sign, as long or longer, and with nothing behind it."""
    at = opening.end()
    while (fence := _FENCE.search(text, at)) is not None:
        if fence[1].startswith(opening[1]) and not fence[2]:
            return fence
        at = fence.end()
    return None


def _named(language: str, code: str) -> str:
    lines = code.strip("\n").count("\n") + 1
    return (
        f"[code: {language + ', ' if language else ''}{lines} {'line' if lines == 1 else 'lines'}]"
    )
