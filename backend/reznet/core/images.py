"""Images that people attach: whether they are what they seem, their size, and a small copy."""

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from reznet.core.errors import Invalid

if TYPE_CHECKING:
    from PIL.Image import Image

# What can be shown: by the types that `media.sniff` gives, the one decoder that may read them.
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
# About 200 MB of memory while it is decoded; the largest that phones take by default has 48 million.
MAX_PIXELS = 50_000_000
# Twice what is shown, for fine screens.
_THUMBNAIL = (720, 480)
# An image that is no larger is its own thumbnail.
_SMALL_BYTES = 48 * 1024
_ORIENTATION = 0x0112  # of EXIF; from 5 on the image lies on its side
_SIDEWAYS = 5
# Of these a second copy, as large as the first, would be made to mix their colours.
_COPIED = frozenset({"1", "P", "PA", "LA", "RGBA"})
# One at a time: images next to each other would take several times the memory.
_thread = ThreadPoolExecutor(1, thread_name_prefix="images")


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that could be decoded: its size in pixels as it is shown, and a WebP of it.

    The copy is without whatever else was in the file, such as where it was taken. None: the image
    is small enough itself.
    """

    width: int
    height: int
    thumbnail: bytes | None


async def examine(file: BinaryIO, media_type: str, size: int) -> Picture | None:
    """Decode an image in a thread; None when it can't be, or is of a kind that is not shown.

    Raises:
        Invalid: it has so many pixels that it can't be decoded safely.
    """
    if media_type not in FORMATS:
        return None
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_thread, _examine, file, FORMATS[media_type], size)


def _examine(file: BinaryIO, kind: str, size: int) -> Picture | None:
    from PIL import Image  # noqa: PLC0415 - 30 ms that only images need

    file.seek(0)
    with warnings.catch_warnings(action="ignore"):  # of odd metadata, which is not used
        try:
            with Image.open(file, formats=[kind]) as image:
                _refuse_bomb(*image.size)
                return _picture(image, size)
        except Invalid:
            raise
        except Image.DecompressionBombError:
            raise _too_large("The image") from None
        except Exception:  # noqa: BLE001 - decoders raise whatever they stumble over
            return None


def _picture(image: "Image", size: int) -> Picture:
    from PIL import ImageOps  # noqa: PLC0415 - as above

    width, height = image.size
    if image.getexif().get(_ORIENTATION, 1) >= _SIDEWAYS:
        width, height = height, width
    mode = "RGBA" if image.has_transparency_data else "RGB"
    # Decodes all of it, JPEGs at a fraction of their size.
    whole = _thinned(image).convert(mode) if image.mode in _COPIED else image
    whole.thumbnail(_THUMBNAIL)
    if max(width, height) <= min(_THUMBNAIL) and size <= _SMALL_BYTES:
        return Picture(width, height, None)
    into = BytesIO()
    ImageOps.exif_transpose(whole).convert(mode).save(
        into, "WEBP", quality=80, exif=b"", icc_profile=None, xmp=b""
    )
    return Picture(width, height, into.getvalue())


def _thinned(image: "Image") -> "Image":
    """Return a large image with some of its pixels left out, still many more than its small copy has."""
    step = max(1, image.width // (4 * _THUMBNAIL[0]), image.height // (4 * _THUMBNAIL[1]))
    return image.resize((max(1, image.width // step), max(1, image.height // step)), resample=0)


def _refuse_bomb(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_large(f"The image has {width:,} by {height:,} pixels and")


def _too_large(what: str) -> Invalid:
    return Invalid.field(
        "body",
        f"{what} is too large to be decoded safely; "
        f"at most {MAX_PIXELS // 1_000_000} million pixels are taken.",
        code="image_too_large",
    )
