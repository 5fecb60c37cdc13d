"""How answers that came to no good end are told."""

_ERRORS = {
    "empty": ("empty_answer", "The model gave an empty answer. Retry, or ask in other words."),
    "filter": (
        "filtered",
        "The provider's content filter stopped the answer. Ask in other words.",
    ),
    "truncated": (
        "truncated",
        "The connection to the model broke off before the end of the answer. Retry.",
    ),
}


def finish_of(finish: str | None, text: str) -> str | None:
    """Return why an answer ended, from what its stream said: one without text is empty."""
    if finish in {None, "stop", "length"} and not text.strip():
        return "empty"
    return finish


def error_of(finish: str | None) -> tuple[str, str] | None:
    """Return the code and the sentence of a bad end, None for a good one; None is a broken stream."""
    return _ERRORS.get(finish or "truncated")
