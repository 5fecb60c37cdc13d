"""A guess at how many tokens a text is, where nobody counted."""

TURN_OVERHEAD = 4
# Bytes of UTF-8 a token: English has about four, other scripts fewer; on the safe side.
_BYTES_A_TOKEN = 3.5


def estimate_tokens(text: str) -> int:
    """Return about how many tokens the text is, rather too many than too few."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    return int(size / _BYTES_A_TOKEN) + 1 if size else 0
