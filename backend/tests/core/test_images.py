"""Images that people send: real ones, broken ones and hostile ones."""

import time
import zlib
from io import BytesIO

import pytest
from PIL import Image

from reznet.core.errors import Invalid
from reznet.core.images import FORMATS, MAX_PIXELS, Picture, examine
from tests.support.images import bomb, picture, png


async def look(content: bytes, media_type: str = "image/png") -> Picture | None:
    return await examine(BytesIO(content), media_type, len(content))


@pytest.mark.parametrize("media_type", FORMATS)
async def test_every_kind_that_is_shown_gets_a_size_and_a_small_copy(media_type: str) -> None:
    found = await look(picture(FORMATS[media_type], 2000, 1000), media_type)
    assert found is not None
    assert (found.width, found.height) == (2000, 1000)
    assert found.thumbnail is not None
    with Image.open(BytesIO(found.thumbnail)) as small:
        assert (small.format, small.size) == ("WEBP", (720, 360))


async def test_a_small_image_is_its_own_small_copy() -> None:
    assert await look(png(40, 30)) == Picture(40, 30, None)


async def test_an_image_on_its_side_is_measured_and_copied_upright() -> None:
    into = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "where it was taken"
    Image.new("RGB", (1200, 600)).save(into, "JPEG", exif=exif)
    found = await look(into.getvalue(), "image/jpeg")
    assert found is not None
    assert (found.width, found.height) == (600, 1200)
    assert found.thumbnail is not None
    assert b"where it was taken" not in found.thumbnail
    with Image.open(BytesIO(found.thumbnail)) as small:
        assert small.height > small.width


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
async def test_colours_of_every_make_are_taken(mode: str) -> None:
    into = BytesIO()
    kind = "JPEG" if mode == "CMYK" else "PNG"
    Image.new(mode, (900, 900)).save(into, kind)
    found = await look(into.getvalue(), f"image/{kind.lower()}")
    assert found is not None
    assert found.thumbnail is not None


@pytest.mark.parametrize(
    ("width", "height"),
    [(100_000, 100_000), (2**31 - 1, 2**31 - 1), (MAX_PIXELS, 2), (7072, 7072)],
)
async def test_a_bomb_is_refused_by_its_header_at_once(width: int, height: int) -> None:
    began = time.perf_counter()
    with pytest.raises(Invalid) as refused:
        await look(bomb(width, height))
    assert time.perf_counter() - began < 2
    assert refused.value.code == "image_too_large"
    assert "50 million pixels" in refused.value.detail


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n",
        png(500, 500)[:-30],
        bomb(500, 500),
        b"\x89PNG\r\n\x1a\n" + zlib.compress(b"<script>alert(1)</script>" * 99),
        picture("JPEG", 10, 10),
        png(0 + 1, 1)[:40],
    ],
    ids=["mark alone", "cut off", "too few rows", "junk", "another kind", "header alone"],
)
async def test_what_can_not_be_decoded_is_no_image(content: bytes) -> None:
    assert await look(content) is None


async def test_other_kinds_are_not_even_tried() -> None:
    into = BytesIO()
    Image.new("RGB", (10, 10)).save(into, "TIFF")
    assert await look(into.getvalue(), "image/tiff") is None
    assert await look(b"%!PS-Adobe-3.0 EPSF-3.0", "image/png") is None
