"""Who a text mentions: forms of writing, Markdown, addresses, hostile texts."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reznet.schemas.agents import RESERVED_NAMES, handle_of
from reznet.services.mentions import MAX_HANDLES, Found, candidates, resolve

KNOWN = frozenset(
    {
        "qa",
        "qa-lead",
        "backend",
        "code-reviewer",
        "allan",
        "hereford",
        "channel-bot",
        "example",
        "müller",
        "strasse",
        "测试员",
        "测试",
        "백엔드",
        "gpt5",
    }
)


def found_in(text: str) -> list[Found]:
    return resolve(candidates(text), KNOWN)


def named_in(text: str) -> list[str]:
    return [found.handle for found in found_in(text)]


@pytest.mark.parametrize(
    "text",
    [
        *("@qa", "hi @qa", "@qa\nhi", "\n\n@qa", "hi\r\n@qa", "hi\r@qa", "@QA", "@qA please"),
        "@qa ",
        *("(@qa:)", '"@qa"', "'@qa'", "[@qa]", "{@qa}", "<@qa>", "«@qa»", "“@qa”"),
        *("「@qa」", "\uff08@qa\uff09"),
        *("**@qa**", "*@qa*", "_@qa_", "__@qa__", "~~@qa~~", "***@qa***", "a **b** @qa"),
        "|@qa|",
        *("¿@qa?", "¡@qa!", "@qa…", "…@qa", "@qa.", "@qa,", "@qa;", "@qa:", "@qa!?"),
        *("@qa. Please", "@qa/"),
        *("@qa\u2019s", "@qa's", "@qas' and @qa's", "@qa-", "@qa--", "@qa- no", "@qa -- no"),
        *("@qa—no", "@qa\u2013"),
        *("> @qa", ">@qa", "- @qa", "* @qa", "1. @qa", "# @qa", "# @qa #", "@qa\n==="),
        "- [ ] @qa",
        *("> - > @qa", "- a\n\n  @qa", "- a\n  - @qa", "> a\n@qa"),
        "| a | b |\n|---|---|\n| @qa | x |",
        *("a\n    @qa is a paragraph that goes on", "hi,\n\t@qa", "cc:@qa", "hi,@qa", "hi;@qa"),
        "a=@qa",
        *("—@qa", "- -@qa", "-@qa", "--@qa", "@foo @qa", "@foo,@qa", "@ @qa", "@-x @qa"),
        "🙂@qa🙂",
        *("请@qa看一下", "@qa你好", "@qaさん、お願い", "은@qa는", "你好@QA。"),
        *("@qa。请看", "@qa.请看"),
        *("`a` @qa `b`", "`unclosed @qa", "``a` @qa", "\\`@qa\\`", "a ` @qa", "a \\[@qa](b)"),
        *("[@qa] (b)", "[@qa](not a link)", "[@qa][nowhere]", "[a](b) @qa"),
        "[a [b](c) @qa](d)",
        *("a < b @qa > c", "<b>@qa</b> hi", "a <br> @qa", "1 <2 @qa 3> 4", "a <b @qa> c"),
        "a <!-- @qa",
        *("@qa https://example.test", "https://example.test @qa", "(https://a.test) @qa"),
        "@qa www.a.test/@qa",
        *("```\ncode\n```\n@qa", "    code\n\n@qa", "~~~\n@x\n~~~\n\n@qa"),
        "> ```\n> @x\n\n@qa",
        *("\ufeff@qa", "\x00@qa", "a\u2028@qa", "@qa\u200b", "@\uff51\uff41"),
        "bob@qa.test is not @qa",
    ],
)
def test_one_mention_is_found(text: str) -> None:
    (found,) = found_in(text)
    assert found.handle == "qa"
    written = text[found.start : found.end]
    assert written[0] == "@"
    assert handle_of(written[1:]) == "qa"


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "@@", "@ qa", "qa", "\uff20qa", "@ghost", "@qa1", "@qaé", "@éqa"),
        *("@qa_2", "@qa__2", "_@qa_2", "x_@qa", "@qa@qa", "@@qa", "@qa@", "\\@qa", "@-qa"),
        *("@/qa", "@_qa"),
        *("@qa-leader", "@qa-2", "@qa--lead", "@qa-leader's", "@qa.test", "@qa.Please"),
        *("@qa/lib", "@qa\\x"),
        *("mail bob@qa.test or x@example.com", "bob@qa", "bob.@qa", "bob-@qa", "bob+@qa"),
        *("bob_@qa", "é@qa"),
        *("<bob@qa.test>", "mailto:@qa", "git@qa:repo.git", "https://host/@qa"),
        *("HTTPS://host/(@qa)", "/@qa"),
        *("https://a.test/?u=@qa", "www.a.test/,@qa", "WWW.a.test/,@qa", "ftp://x/;@qa"),
        "<https://a/,@qa>",
        *("    @qa deploy()", "\t@qa", "a\n\n    @qa", "- a\n\n      @qa\n"),
        *("1. a\n\n       @qa", ">     @qa"),
        *("```\n@qa\n```", "~~~\n@qa\n~~~", "```py\n@qa", "~~~\n@qa\n```"),
        *("````\n```\n@qa\n````", "a\n```\n@qa"),
        *("> ```\n> @qa\n> ```", "- ```\n  @qa\n  ```", "> - ~~~\n>   @qa", "```\n> @qa"),
        "1. ```\n   @qa",
        *("```@qa\nx\n```", "~~~ @qa ~~~\nx", "   ```\n@qa\n   ```"),
        *("`@qa`", "``@qa``", "`` ` @qa ``", "`a\n@qa`", "> `a\n> @qa`"),
        *("```@qa```", "x ```` @qa ````", "# `@qa`", "[`@qa`]", "**`@qa`**", "\\``@qa`"),
        "| `@qa` |",
        *("[@qa](http://x)", "[@qa]()", "[a @qa b](x 'title')", '[a](x "@qa")'),
        *("[a](</@qa> (@qa))", "![@qa](x)"),
        *("[a\n@qa](x)", "[a [b] @qa](x)", "[**@qa**](x(y(z)))", "[a](x/,@qa)"),
        *("[![@qa](i)](x)", "[`]` @qa](x)"),
        *("[@qa]\n\n[@qa]: http://x", "[@qa][r]\n\n[R]: x", "[@qa][]\n\n[@QA]: x"),
        "[r]: x '@qa'\n\n[r]",
        *("<!-- @qa -->", "a <!-- @qa --> b", 'a <b title="@qa"> b', "a <b title='> @qa'> b"),
        "<div>\n@qa\n</div>",
        *("a <? @qa ?> b", "a <!X @qa> b", "a <![CDATA[ @qa ]]> b", '<a href="@qa">x</a>'),
        *("[https://a](https://a/,@qa)", "see https://a/`@qa`", "\u200bx@qa"),
    ],
)
def test_nobody_is_named(text: str) -> None:
    assert named_in(text) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@qa-lead", ["qa-lead"]),
        ("@qa-lead-", ["qa-lead"]),
        ("@QA-Lead's", ["qa-lead"]),
        ("@qa and @qa-lead", ["qa", "qa-lead"]),
        ("@qa, @backend; @code-reviewer", ["qa", "backend", "code-reviewer"]),
        ("@backend @qa @backend", ["backend", "qa", "backend"]),
        ("@Code Reviewer", []),
        ("@allan ping", ["allan"]),
        ("@hereford ping", ["hereford"]),
        ("@channel-bot run", ["channel-bot"]),
        ("@qa|@backend", ["qa", "backend"]),
        ("@qa,@backend", ["qa", "backend"]),
        ("@qa&@backend", ["qa", "backend"]),
        ("@Müller @MU\u0308LLER", ["müller", "müller"]),
        ("@Straße", ["strasse"]),
        ("请@测试员看一下", ["测试员"]),
        ("@测试看一下", ["测试"]),
        ("@백엔드는", ["백엔드"]),
        ("@gpt5\uff0c你好", ["gpt5"]),
        ("`@qa` @backend `@allan`", ["backend"]),
        ("    @qa\n\n@backend\n\n    @allan", ["backend"]),
        ("@backend look:\n```\n@qa\n```\nand @allan", ["backend", "allan"]),
        ("@backend bob@qa.test https://x/@qa [@qa](x) <!-- @qa --> @allan", ["backend", "allan"]),
    ],
)
def test_who_is_named(text: str, named: list[str]) -> None:
    assert named_in(text) == named


@pytest.mark.parametrize("reserved", sorted(RESERVED_NAMES))
def test_a_group_word_at_the_head_of_a_handle_is_part_of_it(reserved: str) -> None:
    handle = f"{reserved}-bot"
    text = f"please, @{handle} run"
    (found,) = resolve(candidates(text), {handle, reserved})
    assert text[found.start : found.end] == f"@{handle}"


def test_only_what_could_be_meant_is_looked_up() -> None:
    handles = [
        handle for place in candidates("@qa-lead's, `@x` @Backend") for handle in place.handles
    ]
    assert handles == ["qa-lead", "backend"]


def test_the_longest_of_the_possible_handles_comes_first() -> None:
    (place,) = candidates("@测试员看")
    assert place.handles == ("测试员看", "测试员", "测试", "测")
    assert [end for _, end in place.options] == [5, 4, 3, 2]


HOSTILE = [
    *("@", "@a ", "@a-", "@a-a-a-", "@测", "@测 ", "_@", "__", "@_", "-@"),
    *("@" + "a" * 70 + " ", "é́"),
    *("`", "` ", "`` ` ", "\\`", "`@a", "[", "]", "[]", "[]()", "[](", "[a](b ", '[a](b "'),
    *("[a]( ", "[a](<"),
    *("![", "](x)", "[a][b]", "[[a]](", "[a](b(c(d(", "<", "<a ", "<a b='", '<a b="', "<!--"),
    *("<!a", "<?", "</a"),
    *("<![CDATA[", "<aa:", "<!-- -->", "http://", "a:", "www.", "https://a/@", "a.a+", "\\"),
    *("\\[", ">", "> ", "- "),
    *("-\n", ">\n", "1. ", "#", "    a\n", "\t", "```\n", "~~~", "<div>\n", "[a]: b\n"),
    *('[a]: b "\n', "[a\n"),
    *("a\n=\n", "- a\n  - b\n", "* * * a\n", "| @a ", "\r", "\r\n", "\x00", "\ud800", "\u2028"),
    "&#64;",
]


@pytest.mark.parametrize("pattern", HOSTILE)
@pytest.mark.parametrize("tail", ["", "\n\n[a]: b\n", "@qa"])
def test_a_hostile_text_asks_for_few_handles(pattern: str, tail: str) -> None:
    text = (pattern * (32 * 1024 // len(pattern)) + " @a " + tail)[: 32 * 1024 + 20]
    handles = [handle for place in candidates(text) for handle in place.handles]
    assert len(handles) < MAX_HANDLES + 60
    assert all(len(handle) <= 180 for handle in handles)


def test_many_unknown_words_do_not_hide_the_one_that_is_known() -> None:
    assert named_in("@word " * (MAX_HANDLES - 1) + "@qa") == ["qa"]


FRAGMENTS = st.sampled_from(
    [
        *HOSTILE,
        "@qa",
        "@qa-lead",
        "@QA",
        "请",
        "x",
        " ",
        "\n",
        "\n\n",
        "(",
        ")",
        '"',
        "'",
        ".",
        "bob@qa.test",
    ]
)
MARKDOWN = st.lists(st.one_of(FRAGMENTS, st.text(max_size=4)), max_size=30).map("".join)


@given(MARKDOWN)
def test_what_is_found_stands_in_the_text(text: str) -> None:
    found = found_in(text)
    for hit in found:
        assert text[hit.start] == "@"
        assert handle_of(text[hit.start + 1 : hit.end]) == hit.handle
        assert hit.handle in KNOWN
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert found == found_in(text)


@given(MARKDOWN, st.sampled_from(["```", "~~~~"]))
def test_nothing_is_found_in_a_fence(text: str, fence: str) -> None:
    inside = text.replace("```", "").replace("~~~", "")
    assert named_in(f"{fence}\n{inside}\n{fence}\n\n@qa") == ["qa"]


@given(st.text(alphabet=st.characters(exclude_characters="`", exclude_categories=["Cs"])))
def test_nothing_is_found_in_a_code_span(text: str) -> None:
    inside = " ".join(text.split())  # a blank line would end the paragraph
    assert named_in(f"x `` {inside} @qa `` @backend") == ["backend"]


@given(st.text(alphabet="()[]{}\"'*~|,;:!?…“”«»。 ", max_size=6))
@example("**")
def test_punctuation_around_a_mention_changes_nothing(around: str) -> None:
    assert named_in(f"x {around}@qa{around[::-1]} y") == ["qa"]


WORDS = st.lists(
    st.sampled_from(
        ["@qa", "@QA-lead,", "(@backend)", "x@qa.test", "@ghost", "word", "`@qa`", "\n"]
    ),
    min_size=1,
).map(" ".join)


@given(WORDS, WORDS)
def test_texts_joined_by_a_blank_line_keep_their_mentions(one: str, other: str) -> None:
    joined = f"{one.strip()}\n\n{other.strip()}"
    assert named_in(joined) == named_in(one.strip()) + named_in(other.strip())
    shift = len(one.strip()) + 2
    ends = [found.end + shift for found in found_in(other.strip())]
    assert [found.end for found in found_in(joined)][len(named_in(one.strip())) :] == ends


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1, max_size=50))
def test_every_handle_that_can_be_typed_is_found(name: str) -> None:
    handle = handle_of(name)
    (place,) = candidates(f"hi @{name}!")
    assert resolve([place], {handle}) == [Found(handle, 3, 4 + len(name))]
