"""Embedders: the packaged one's vectors, and texts that fail without taking others with them."""

import asyncio
import math
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from reznet.agents.embeddings import ProviderEmbedder, make_embedder
from reznet.agents.llm_client import LLMClient
from reznet.agents.local_embedder import DIMENSIONS, LocalEmbedder, find_model
from reznet.core.embedding import Vector, unit, vector_literal
from reznet.core.errors import StartRefused
from tests.agents.conftest import MakeClient, MakeSettings
from tests.support.fake_embedder import NOT_A_NUMBER, REJECTED, SHORT, ZERO, fake_embedder

# Batches pad differently, and the model computes in eighths of a byte: a vector is not the same to the last digit.
SAME = 0.98


@pytest.fixture
async def local() -> LocalEmbedder:
    if (found := find_model()).folder is None:
        pytest.skip(found.problem)
    return LocalEmbedder(threads=1)


def nearness(one: Vector | None, other: Vector | None) -> float:
    assert one is not None
    assert other is not None
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_what_means_the_same_is_near(local: LocalEmbedder) -> None:
    (asked,) = await local.embed_queries(["Who likes baby animals?"])
    near, far = await local.embed_documents(["Ada adores kittens.", "Invoices are due."])
    assert nearness(asked, near) > nearness(asked, far) + 0.1
    for vector in (asked, near, far):
        assert vector is not None
        assert len(vector) == DIMENSIONS
        assert math.isclose(nearness(vector, vector), 1, abs_tol=1e-3)


async def test_a_text_has_nearly_the_same_vector_in_every_batch(local: LocalEmbedder) -> None:
    text = "The staging server runs in Frankfurt."
    (alone,) = await local.embed_documents([text])
    others = [f"Something else, at length {'and more ' * (n % 7)}" for n in range(20)]
    among = await local.embed_documents([*others[:11], text, *others[11:]])
    assert nearness(alone, among[11]) > SAME
    assert all(nearness(alone, vector) < SAME for vector in [*among[:11], *among[12:]])


async def test_blank_texts_have_no_vector_and_harm_no_others(local: LocalEmbedder) -> None:
    vectors = await local.embed_documents(["", "a", " \n", "b", "x" * 100_000, "\ud800"])
    assert [vector is None for vector in vectors] == [True, False, True, False, False, False]
    assert await local.embed_queries([" "]) == [None]
    assert await local.embed_documents([]) == []


async def test_the_loop_goes_on_and_questions_are_answered_while_documents_are_embedded(
    local: LocalEmbedder,
) -> None:
    await local.embed_queries(["warm"])
    documents = asyncio.ensure_future(local.embed_documents(["Many words of a document"] * 400))
    (vector,) = await local.embed_queries(["Who?"])
    assert vector is not None
    assert not documents.done()
    await local.aclose()
    documents.cancel()


def test_the_settings_choose(make_settings: MakeSettings, client: LLMClient) -> None:
    assert make_embedder(make_settings(REZNET_EMBEDDER="off"), client) is None
    chosen = make_embedder(make_settings(REZNET_EMBEDDER="Ollama: nomic-embed-text "), client)
    assert chosen is not None
    assert chosen.name == "ollama:nomic-embed-text"
    for wrong in ("openai", "openai:", "cohere:x", "local:x", "openai:a\x00"):
        with pytest.raises(StartRefused, match="REZNET_EMBEDDER"):
            make_settings(REZNET_EMBEDDER=wrong)


@pytest.mark.parametrize("provider", ["openai", "ollama"])
async def test_a_provider_embeds(client: LLMClient, provider: str) -> None:
    embedder = ProviderEmbedder(client, provider, "embed-1")
    one, blank, other = await embedder.embed_documents(["one", " ", "other text"])
    assert blank is None
    assert math.isclose(nearness(one, one), 1, abs_tol=1e-6)
    assert nearness(one, other) < 1
    assert embedder.name == f"{provider}:embed-1"


async def test_a_provider_that_is_away_gives_no_vectors(make_client: MakeClient) -> None:
    client = make_client("http://127.0.0.1:9", REZNET_MODEL_ATTEMPTS="1")
    for provider in ("openai", "ollama"):
        embedder = ProviderEmbedder(client, provider, "embed-1")
        assert await embedder.embed_queries(["a", "b"]) == [None, None]
        assert await embedder.embed_documents(["a"]) == [None]


async def test_a_provider_without_embeddings_gives_no_vectors(client: LLMClient) -> None:
    embedder = ProviderEmbedder(client, "anthropic", "none")
    assert await embedder.embed_documents(["a", "b", "c"]) == [None] * 3


@pytest.mark.parametrize(
    "values", [[], [0.0, 0.0], [math.nan, 1], [math.inf, 1], [1e-300, 0], [1.0] * 4001]
)
def test_a_vector_that_can_not_be_stored_is_none(values: list[float]) -> None:
    assert unit(values) is None


def test_vectors_are_of_unit_length_and_written_as_the_database_reads_them() -> None:
    assert unit([3, 4]) == [0.6, 0.8]
    assert vector_literal([0.6, -1 / 3, 1e-9]) == "[0.6,-0.33333,1e-09]"


# The library's interface as of its version 0.9; its models come from a hub, which tests don't ask.
FASTEMBED = """
import array

class TextEmbedding:
    def __init__(self, model_name, cache_dir=None, threads=None):
        if model_name != "small":
            raise ValueError(f"Model {model_name} is not supported")

    def embed(self, documents, batch_size=256):
        for text in documents:
            if "refused" in text:
                raise RuntimeError("no")
            yield array.array("f", [float(text.count("a")), 1.0, 0.0])

    def query_embed(self, query):
        return self.embed(query)
"""


@pytest.fixture
def fastembed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "fastembed.py").write_text(FASTEMBED)
    monkeypatch.syspath_prepend(tmp_path)
    real = sys.modules.pop("fastembed", None)
    yield
    del sys.modules["fastembed"]
    if real is not None:
        sys.modules["fastembed"] = real


@pytest.mark.usefixtures("fastembed")
async def test_fastembed_embeds_and_one_text_harms_no_others(
    make_settings: MakeSettings, client: LLMClient
) -> None:
    embedder = make_embedder(make_settings(REZNET_EMBEDDER="fastembed:small"), client)
    assert embedder is not None
    one, blank, refused, other = await embedder.embed_documents(["a", " ", "refused", "aa b"])
    assert (blank, refused) == (None, None)
    assert nearness(one, one) == pytest.approx(1)
    assert nearness(one, other) < 1
    assert await embedder.embed_queries(["a"]) == [one]
    assert (embedder.name, embedder.dimensions) == ("fastembed:small", 3)
    await embedder.aclose()
    unknown = make_embedder(make_settings(REZNET_EMBEDDER="fastembed:other"), client)
    assert unknown is not None
    assert await unknown.embed_documents(["a"]) == [None]
    await unknown.aclose()


def test_a_start_says_that_fastembed_is_not_installed(
    make_settings: MakeSettings, client: LLMClient, capsys: pytest.CaptureFixture[str]
) -> None:
    if find_spec("fastembed") is not None:
        pytest.skip("it is installed here")
    assert make_embedder(make_settings(REZNET_EMBEDDER="fastembed:small"), client) is None
    assert "reznet[fastembed]" in capsys.readouterr().out


@pytest.mark.parametrize("fault", [REJECTED, ZERO, NOT_A_NUMBER, SHORT])
async def test_a_text_that_a_provider_fails_on_harms_no_others(
    make_client: MakeClient, fault: str
) -> None:
    with fake_embedder(model=8) as fake:
        client = make_client(fake.url, REZNET_MODEL_ATTEMPTS="1")
        embedder = ProviderEmbedder(client, "openai", "model")
        vectors = await embedder.embed_documents(["one", f"a {fault}", "", "two", "three"])
        assert [vector is None for vector in vectors] == [False, True, True, False, False]
        assert embedder.dimensions == 8
