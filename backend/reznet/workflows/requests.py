"""Requests for plans: the command `/plan`, and what a plan is called that has no title."""

import re

_COMMAND = re.compile(r"\s*/plan(?=\s|\Z)", re.IGNORECASE)
_LONGEST_TITLE = 80


def is_command(text: str) -> bool:
    """Return whether the text asks for a plan."""
    return _COMMAND.match(text) is not None


def request_in(text: str) -> str:
    """Return what is to be planned: the text without the command; empty when there is nothing else."""
    command = _COMMAND.match(text)
    return text[command.end() :].strip() if command is not None else text


def title_of(request: str) -> str:
    """Return a title for what was asked: its first line, cut at a word."""
    line = next((line.strip() for line in request.splitlines() if line.strip()), "Plan")
    line = " ".join(line.split())
    if len(line) <= _LONGEST_TITLE:
        return line
    return f"{line[:_LONGEST_TITLE].rsplit(' ', 1)[0].rstrip(',;:.')}…"
