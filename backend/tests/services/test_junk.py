"""What says nothing is not remembered, and whatever says something is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.services.junk import MOST_WORDS, is_junk, is_junk_answer


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "👍", "...", "@helper", "hi", "Hello!", "hey there", "@helper hi", "Good morning everyone",
        "thanks", "Thank you so much!", "thx 🙏", "ok", "OK, thanks a lot", "yes", "no", "Great, that makes sense",
        "lol", "Hallo", "Vielen Dank", "danke dir", "Guten Morgen", "merci beaucoup", "Bonjour à tous",
        "gracias", "muchas gracias por la ayuda", "buenos días", "grazie mille", "obrigado", "спасибо",
        "большое спасибо", "谢谢", "你好", "こんにちは", "ありがとうございます", "감사합니다", "شكرا", "dziękuję", "teşekkürler",
    ],
)  # fmt: skip
def test_greetings_thanks_and_assent_are_junk(text: str) -> None:
    assert is_junk(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, my name is Ada", "no peanuts please", "yes, deploy on Friday", "hi, what is Rust?", "42", "Rome",
        "call me Ada", "not good", "ok but use PostgreSQL", "danke, ich wohne in Rom", "我住在北京", "東京に住んでいます",
        "git push --force",
    ],
)  # fmt: skip
def test_what_says_something_is_kept(text: str) -> None:
    assert not is_junk(text)


WORD = st.text(st.characters(categories=["Ll", "Lu"]), min_size=1, max_size=10)


@given(
    st.lists(WORD | st.sampled_from(["ok", "thanks", "hi"]), min_size=MOST_WORDS + 1, max_size=60)
)
def test_long_texts_are_never_junk(words: list[str]) -> None:
    assert not is_junk(" ".join(words))


@given(
    st.lists(
        st.text(st.characters(categories=["Ll"]), min_size=1, max_size=10),
        min_size=41,
        max_size=80,
    )
)
def test_long_answers_are_never_junk(words: list[str]) -> None:
    assert not is_junk_answer(" ".join(words), to_junk=True)


@given(st.text(), st.booleans())
def test_every_text_is_judged(text: str, to_junk: bool) -> None:
    assert isinstance(is_junk(text) or is_junk_answer(text, to_junk=to_junk), bool)


@pytest.mark.parametrize(
    "answer",
    [
        "You're welcome!", "Hello! How can I help you today?", "I'm sorry, but I can't help with that.",
        "I\u2019m sorry, I can't assist with that request.", "As an AI, I don't have personal opinions.",
        "I cannot answer that.", "Unfortunately, I can't access the internet.", "Es tut mir leid, das kann ich nicht.",
        "Error: 429 Too Many Requests", "Something failed: internal server error", "Gern geschehen!", "",
    ],
)  # fmt: skip
def test_answers_that_only_refuse_or_are_polite_are_junk(answer: str) -> None:
    assert is_junk_answer(answer, to_junk=False)


@pytest.mark.parametrize(
    "answer",
    [
        "Rome is the capital of Italy.",
        "The build failed at step 3: a missing comma in config.toml; add it and run again.",
        "I can't say for sure, but the logs point to the cache: it was cleared at 12:00, and from then on every request "
        "went to the database, which has a pool of five connections and so let most of them wait.",
    ],
)
def test_answers_that_say_something_are_kept(answer: str) -> None:
    assert not is_junk_answer(answer, to_junk=False)
