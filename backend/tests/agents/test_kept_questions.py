"""A question that is asked again, or by several at once, is embedded once; and nobody's failure or leave harms another."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from reznet.agents.embeddings import make_embedder
from reznet.core.embedding import Embedder
from tests.agents.conftest import MakeClient, MakeSettings
from tests.support.fake_embedder import REJECTED, FakeEmbedder, fake_embedder


@pytest.fixture
def service() -> Iterator[FakeEmbedder]:
    with fake_embedder(model=8) as fake:
        yield fake


@pytest.fixture
async def embedder(
    service: FakeEmbedder, make_settings: MakeSettings, make_client: MakeClient
) -> AsyncIterator[Embedder]:
    settings = make_settings(REZNET_EMBEDDER="openai:model")
    made = make_embedder(settings, make_client(service.url, REZNET_MODEL_ATTEMPTS="1"))
    assert made is not None
    await made.embed_queries(["warm"])  # and the size of its vectors is known
    service.texts.clear()
    yield made
    await made.aclose()


async def test_a_question_is_embedded_once_by_whomever_and_whenever_it_is_asked(
    service: FakeEmbedder, embedder: Embedder
) -> None:
    at_once = await asyncio.gather(
        *[embedder.embed_queries(["Who?"]) for _ in range(3)],
        embedder.embed_queries(["Where?", "Who?", "Where?"]),
    )
    later = await embedder.embed_queries(["Where?", "Who?"])
    assert sorted(service.texts) == ["Where?", "Who?"]
    where, who = later
    assert where != who
    assert at_once == [[who], [who], [who], [where, who, where]]
    await embedder.embed_documents(["Who?"])
    assert len(service.texts) == 3  # what is to be found may get another vector than what is asked


async def test_what_failed_is_tried_again(service: FakeEmbedder, embedder: Embedder) -> None:
    service.is_away = True
    assert await embedder.embed_queries(["Who?", " "]) == [None, None]
    service.is_away = False
    (vector,) = await embedder.embed_queries(["Who?"])
    assert vector is not None
    assert await embedder.embed_queries([f"a {REJECTED}", "Who?"]) == [None, vector]


async def test_who_waits_no_longer_leaves_the_question_to_the_others(
    service: FakeEmbedder, embedder: Embedder
) -> None:
    first, second = [asyncio.ensure_future(embedder.embed_queries(["Who?"])) for _ in range(2)]
    await asyncio.sleep(0)  # both have asked
    first.cancel()
    assert await second != [None]
    assert first.cancelled()
    assert service.texts == ["Who?"]
