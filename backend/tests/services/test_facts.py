"""Which facts are grounded in what was said, say the same, or contradict each other."""

from datetime import UTC, datetime

import pytest

from reznet.agents.local_embedder import LocalEmbedder, find_model
from reznet.schemas.memories import MemoryKind
from reznet.services.excerpts import excerpt, sentences, without_code
from reznet.services.facts import cosine, is_grounded, says_same
from reznet.services.highlights import highlights
from reznet.services.statements import Stated, stated_in

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
BGE = "bge-small-en-v1.5-int8"


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("Ada's favourite colour is teal.", "my favourite colour is teal"),
        ("Ada moved to Rome in May 2024.", "I moved to Rome in May 2024"),
        ("The release is on 27 November 2026.", "the release is tomorrow"),
        ("Ada was in Paris on 19 November 2026.", "I was in Paris last Thursday"),
        ("The budget is 5,000 euros.", "our budget: 5,000 euros"),
        ("Ada does not eat nuts.", "I don't eat nuts"),
    ],
)
def test_fact_that_was_said_is_grounded(fact: str, said: str) -> None:
    assert is_grounded(fact, said, ["Ada"], AT)


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("Whales are mammals of the sea.", "my favourite colour is teal"),
        ("The budget is 50,000 euros.", "our budget: 5,000 euros"),
        ("Ada was born in 1985.", "I was born in Rome"),
        ("The server runs on port 9090.", "the server runs on port 8080"),
        ("What is Ada's favourite colour?", "my favourite colour is teal"),
        ("Ada", "my name is Ada"),
        ("a " * 300, "a"),
        ("2026 2025", "hello there"),
    ],
)
def test_fact_out_of_a_models_head_is_not(fact: str, said: str) -> None:
    assert not is_grounded(fact, said, ["Ada"], AT)


SAME = [
    ("Ada lives in Rome.", "Ada resides in Rome."),
    ("Ada's favourite colour is teal.", "The favourite colour of Ada is teal."),
    ("The team decided to use PostgreSQL.", "The team has chosen PostgreSQL."),
    ("The launch is on 3 May 2026.", "The launch date is 3 May 2026."),
    ("Bob is allergic to peanuts.", "Bob has a peanut allergy."),
    ("Ada prefers tea over coffee.", "Ada prefers tea to coffee."),
    ("Bob works at Acme.", "Bob is employed by Acme."),
    ("Ada has a dog named Rex.", "Ada's dog is called Rex."),
    ("Dan wants answers in German.", "Dan would like to get answers in German."),
    ("Ada moved to Rome in May 2024.", "In May 2024 Ada moved to Rome."),
    ("The budget is 5,000 euros.", "The budget amounts to 5,000 euros."),
    ("Frank plays the violin.", "Frank is a violin player."),
    ("Ada lives in Rome", "Ada lives in Rome, Italy."),
]
DIFFERENT = [
    ("Ada's favourite colour is teal.", "Ada's favourite colour is red."),
    ("Ada lives in Rome.", "Ada lives in Paris."),
    ("Ada lives in Rome.", "Bob lives in Rome."),
    ("The launch is on 3 May 2026.", "The launch is on 10 May 2026."),
    ("Bob is allergic to peanuts.", "Bob is not allergic to peanuts."),
    ("Bob is allergic to peanuts.", "Bob is allergic to shellfish."),
    ("Ada prefers tea over coffee.", "Ada prefers coffee over tea."),
    ("Ada has a dog named Rex.", "Ada has a dog named Max."),
    ("The server runs on port 8080.", "The server runs on port 9090."),
    ("Carol's birthday is on 12 June.", "Carol's birthday is on 21 June."),
    ("The budget is 5,000 euros.", "The budget is 50,000 euros."),
    ("Eve is vegetarian.", "Eve is vegan."),
    ("The team deploys on Tuesdays.", "The team deploys on Thursdays."),
    ("The team decided to use PostgreSQL.", "The team decided against PostgreSQL."),
    ("Ada moved to Rome in May 2024.", "Ada moved to Rome in June 2024."),
    ("Ada wants short answers.", "Ada wants long answers."),
    ("Grace's sister is a doctor.", "Grace's brother is a doctor."),
]


@pytest.mark.skipif(find_model().folder is None, reason="the packaged embedder is not installed")
async def test_near_duplicates_are_told_from_contradictions_by_the_packaged_embedder() -> None:
    embedder = LocalEmbedder(1)
    texts = [text for pair in (*SAME, *DIFFERENT) for text in pair]
    vectors = await embedder.embed_documents(texts)
    await embedder.aclose()
    verdicts: dict[tuple[str, str], bool] = {}
    for at in range(0, len(texts), 2):
        one, other = vectors[at], vectors[at + 1]
        assert one is not None
        assert other is not None
        verdicts[texts[at], texts[at + 1]] = says_same(
            texts[at], texts[at + 1], cosine(one, other), embedder.name
        )
    assert [pair for pair in DIFFERENT if verdicts[pair]] == []
    assert [pair for pair in SAME if not verdicts[pair]] == []


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_words_alone_never_take_different_facts_for_one(one: str, other: str) -> None:
    assert not says_same(one, other, None, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob is allergic to peanuts.", "Bob is not allergic to peanuts."),
        ("Ada prefers tea over coffee.", "Ada prefers coffee over tea."),
        ("Port 8080 is open.", "Port 9090 is open."),
        ("We meet in May.", "We meet in June."),
    ],
)
def test_no_nearness_outweighs_numbers_negations_and_order(one: str, other: str) -> None:
    assert not says_same(one, other, 0.999, BGE)


def test_the_same_words_are_the_same_fact_without_any_vector() -> None:
    assert says_same("Ada lives in Rome.", "ada lives in rome", None, None)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Ada: my favorite color is teal", Stated("ada", "favourite colour", "teal")),
        ("Ada's favourite colour is now red.", Stated("ada", "favourite colour", "red")),
        ("The user: please remember that my name is Ada", Stated("the user", "name", "ada")),
        ("Ada lives in Rome.", Stated("ada", "home", "rome")),
        ("Ada: I moved to Paris!", Stated("ada", "home", "paris")),
        ("Bob works at Acme", Stated("bob", "employer", "acme")),
        ("Bob: i'm 34 years old", Stated("bob", "age", "34")),
        ("Ada's cat is Tom.", None),
        ("Ada: my question is how this works", None),
        ("The launch is on 3 May.", None),
        ("Ada: hello", None),
        ("", None),
    ],
)
def test_what_a_memory_states_is_read(text: str, stated: Stated | None) -> None:
    assert stated_in(text) == stated


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("please remember that the demo is on Monday", [MemoryKind.HIGHLIGHT]),
        ("@helper, don't forget: I am on leave in May", [MemoryKind.HIGHLIGHT]),
        ("My name is Ada. What can you do?", [MemoryKind.FACT]),
        (
            "I prefer short answers. We decided to use PostgreSQL.",
            [MemoryKind.FACT, MemoryKind.HIGHLIGHT],
        ),
        ("my favourite colour is teal", [MemoryKind.FACT]),
        ("I’m from Rome and I live in Paris", [MemoryKind.FACT]),  # noqa: RUF001
        ("The deadline is Friday", [MemoryKind.HIGHLIGHT]),
        ("ich heiße Jonas", [MemoryKind.FACT]),
        ("Wir haben uns für Rust entschieden.", [MemoryKind.HIGHLIGHT]),
        ("je m'appelle Zoé", [MemoryKind.FACT]),
        ("hemos decidido usar Python", [MemoryKind.HIGHLIGHT]),
        ("do you remember my name?", []),
        ("remember when we met", []),
        ("I like it", []),
        ("my question is whether this works", []),
        ("> my name is Bob", []),
        ("```\nmy name = 'is'\nwe decided to do it\n" + "x = 1\n" * 60 + "```", []),
        ("what is my favourite colour?", []),
    ],
)
def test_sentences_worth_more_are_marked(text: str, found: list[MemoryKind]) -> None:
    assert [one.kind for one in highlights(text)] == found


def test_long_text_is_cut_at_the_end_of_a_sentence() -> None:
    text = "This is a sentence. " * 100
    kept = excerpt(text, 200)
    assert len(kept) <= 200
    assert kept.endswith("sentence. […]")


def test_text_without_sentences_is_cut_all_the_same() -> None:
    assert len(excerpt("x" * 5_000, 300)) == 300
    assert len(excerpt("word " * 1_000, 300)) <= 300


def test_long_code_is_named_and_short_code_is_kept() -> None:
    long = "Look:\n```python\n" + "print(1)\n" * 50 + "```\nThat is all."
    assert without_code(long) == "Look:\n[code: python, 50 lines]\nThat is all."
    short = "Run `make` or\n```sh\nmake up\n```"
    assert without_code(short) == short
    assert (
        without_code("An end is missing:\n```\n" + "x\n" * 200)
        == "An end is missing:\n[code: 200 lines]"
    )


def test_marks_of_cited_memories_are_left_out() -> None:
    assert excerpt("It is teal [m1], as you said [m2, m3].", 100) == "It is teal, as you said."


def test_sentences_end_in_any_script() -> None:
    assert sentences("One. Two! 三。四？\nFive") == ["One.", "Two!", "三。", "四？", "Five"]  # noqa: RUF001
