"""What makes messages searchable: their words as a column of their own, with an index."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Marks on letters, and what is not seen at all; PostgreSQL's regular expressions read \\u as Python's do.
_DROPPED = r"[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]+"
_LIKENED = ("øłđςı‘’‚‛“”„‟‐‑‒–—−", "oldσi''''\"\"\"\"------")  # noqa: RUF001 - signs that look alike are the point
# Signs with which PostgreSQL's parser would make one word of several: addresses, paths, numbers.
_JOINING = "[./<@&:+~_-]"
# Signs outside of ASCII; whether the parser takes them for letters depends on the database's locale.
_SIGNS = (
    r"[\u0080-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u2010-\u206f\u20a0-\u20cf\u2190-\u2bff"
    r"\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f\ufe10-\ufe6f\uff00-\uff0f\uff1a-\uff20"
    r"\uff3b-\uff40\uff5b-\uff65\ufff0-\ufffd\U0001f000-\U0001faff]+"
)
# Scripts that put no space between words, and Hangul, whose particles follow a word without one.
_SPACELESS = (
    r"\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3040-\u30ff"
    r"\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
# A text's beginning that is searched; a `tsvector` has a limit of 1 MB.
_SEARCHED = 50_000


def upgrade() -> None:
    # The functions name what they use in full: a restored backup runs them without a search path.
    schema = op.get_bind().exec_driver_sql("select quote_ident(current_schema())").scalar_one()
    # The stemmer as it is, without its list of words that are not worth a search.
    op.execute(
        "create text search dictionary search_stems (template = snowball, language = english)"
    )
    op.execute("create text search configuration search_stems (copy = simple)")
    op.execute(
        "alter text search configuration search_stems alter mapping for asciiword with search_stems"
    )
    # Prepared statements would take the colons of these for parameters.
    execute = op.get_bind().exec_driver_sql
    execute(_fold())
    execute(_words(schema))
    # Empty while an answer streams, so that storing its text so far touches no index.
    execute(
        f"""
        alter table messages add column search tsvector generated always as (
            case when deleted_at is null and status <> 'streaming' then {schema}.search_words(content) end
        ) stored
        """
    )
    # A short pending list: it keeps a post cheap, and whose post it is that empties it does not wait long.
    execute(
        """
        create index messages_search_idx on messages using gin (search)
        with (fastupdate = on, gin_pending_list_limit = 512) where search is not null
        """
    )
    op.create_index("messages_created_at_id_idx", "messages", ["created_at", "id"])


def _fold() -> str:
    """Return the function that makes look-alike texts equal: case, marks, width, quotes, dashes."""
    alike = ", ".join(_literal(chars) for chars in _LIKENED)
    return f"""
        create function search_fold(content text) returns text
        language sql immutable strict parallel safe
        begin atomic
            select case when octet_length(content) = length(content) then lower(content) else
                replace(replace(replace(translate(
                    normalize(regexp_replace(lower(normalize(content, NFKD)), {_literal(_DROPPED)}, '', 'g'), NFKC),
                    {alike}), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') end;
        end
    """


def _words(schema: str) -> str:
    """Return the function that takes a text apart.

    Words as they are have the weight A, English stems B, pairs of signs of spaceless scripts C.
    """
    pair = _literal(rf"([{_SPACELESS}]{{2}})")
    return f"""
        create function search_words(content text) returns tsvector
        language plpgsql immutable strict parallel safe as $search$
        declare
            words text := left(content, {_SEARCHED});
            runs text;
            pairs tsvector := '';
        begin
            if octet_length(words) <> length(words) then
                words := left(regexp_replace({schema}.search_fold(words), {_literal(_SIGNS)}, ' ', 'g'), {_SEARCHED});
                if words ~ {_literal(f"[{_SPACELESS}]")} then
                    runs := regexp_replace(words, {_literal(f"[^{_SPACELESS}]+")}, ' ', 'g');
                    -- Each sign with the next: the pairs that begin at even places, and those at odd ones.
                    pairs := to_tsvector('simple', regexp_replace(runs, {pair}, '\\1 ', 'g')) || to_tsvector(
                        'simple',
                        regexp_replace(
                            regexp_replace(runs, {_literal(rf"(^| )([{_SPACELESS}])")}, ' \\2 ', 'g'), {pair}, '\\1 ', 'g'
                        )
                    );
                    words := regexp_replace(words, {_literal(f"[{_SPACELESS}]+")}, ' ', 'g');
                end if;
            end if;
            words := regexp_replace(words, {_literal(_JOINING)}, ' ', 'g');
            return setweight(to_tsvector('simple', words), 'A')
                || setweight(to_tsvector('{schema}.search_stems', words), 'B')
                || setweight(pairs, 'C');
        end $search$
    """


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
