"""Settings: accepted forms, refusals that name the variable, the `.env` file, and the pages made from them."""

from pathlib import Path

import pytest

from reznet.core.config import Settings, load_settings
from reznet.core.config_reference import GROUPS, render_env_example, render_reference
from reznet.core.errors import StartRefused

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def load(**environ: str) -> Settings:
    return load_settings(environ, env_file=Path("no-such-folder/.env"))


def refusal(**environ: str) -> str:
    with pytest.raises(StartRefused) as caught:
        load(**environ)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_everything_has_a_default() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8000, None)
    assert settings.is_loopback


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "OLLAMA_HOST"])
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://fake:1", "http://fake:1"),
        ("http://fake:1/", "http://fake:1"),
        ("http://fake:1//", "http://fake:1"),
        ("http://fake:1/v1/", "http://fake:1/v1"),
        (" http://fake:1/v1 ", "http://fake:1/v1"),
        ("HTTP://fake:1/v1", "http://fake:1/v1"),
        ("\thttps://Fake:1//v1//\n", "https://fake:1/v1"),
        ("https://fake/Path", "https://fake/Path"),
        ("http://[::1]:1/v1", "http://[::1]:1/v1"),
    ],
)
def test_forms_of_an_address_are_kept_as_one(name: str, given: str, kept: str) -> None:
    settings = load(**{name: given})
    assert getattr(settings, name.lower()) == kept


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ("1000", 1000),
        ("25MB", 25_000_000),
        (" 512 KiB ", 524_288),
        ("1gib", 1024**3),
        ("30M", 30_000_000),
        ("2048 B", 2048),
    ],
)
def test_sizes_have_units(given: str, size: int) -> None:
    assert load(REZNET_MAX_FILE_SIZE=given).max_file_size == size


@pytest.mark.parametrize(
    "given", ["much", "-1", "1.5MB", "999", "2GiB", "25MBit", "9" * 12 + "GB"]
)
def test_a_size_that_is_none_is_refused(given: str) -> None:
    assert refusal(REZNET_MAX_FILE_SIZE=given).startswith("REZNET_MAX_FILE_SIZE: must be a size")


def test_proxies_are_addresses_and_networks() -> None:
    given = load(REZNET_TRUSTED_PROXIES=" 10.0.0.2 ,10.1.0.0/16,, fd00::/8,::1,0.0.0.0/0 ")
    kept = ["10.0.0.2/32", "10.1.0.0/16", "fd00::/8", "::1/128", "0.0.0.0/0"]
    assert list(map(str, given.trusted_proxies)) == kept
    assert load(REZNET_TRUSTED_PROXIES=" , ").trusted_proxies == ()


@pytest.mark.parametrize(
    ("given", "which"),
    [
        ("caddy", "1 is neither"),
        ("*", "1 is neither"),
        ("10.0.0.2 10.0.0.3", "1 is neither"),
        ("10.0.0.2, 10.0.0.256", "2 is neither"),
        ("10.0.0.2,10.0.0.2:80", "2 is neither"),
        ("[::1]", "1 is neither"),
        ("::1, 10.1.2.3/16", "2 has bits behind its mask"),
        ("10.0.0.0/33", "1 is neither"),
    ],
)
def test_a_proxy_that_is_none_is_refused_by_its_place(given: str, which: str) -> None:
    said = refusal(REZNET_TRUSTED_PROXIES=given)
    assert said.startswith("REZNET_TRUSTED_PROXIES: must be IP addresses or networks such as ")
    assert said.endswith(f"; number {which}")


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "OLLAMA_HOST"])
@pytest.mark.parametrize(
    "given",
    [
        *(
            "http://",
            "htp://fake",
            "ftp://fake",
            "http://fake:port",
            "http://fake:99999",
            "http://[::1",
        ),
        *(
            "http://fa ke",
            "http://fake/\nv1",
            "http://fake/v1?key=hunter2",
            "http://fake/#hunter2",
        ),
        "http://user:hunter2@fake/v1",
    ],
)
def test_a_bad_address_is_refused_without_showing_it(name: str, given: str) -> None:
    said = refusal(**{name: given})
    assert said.startswith(f"{name}: must be ")
    assert "hunter2" not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("box", "http://box:11434"),
        (" box:1 ", "http://box:1"),
        ("box/", "http://box:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:1", "http://127.0.0.1:1"),
        ("http://0.0.0.0:1/", "http://127.0.0.1:1"),
        (":1", "http://127.0.0.1:1"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::]:1", "http://127.0.0.1:1"),
        ("10.0.0.0.0.example", "http://10.0.0.0.0.example:11434"),
        ("http://box", "http://box"),
        ("https://box", "https://box"),
    ],
)
def test_ollama_is_found_in_every_form_that_it_takes_itself(given: str, kept: str) -> None:
    assert load(OLLAMA_HOST=given).ollama_host == kept


@pytest.mark.parametrize(
    "given",
    [
        *("postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        *(" POSTGRESQL://u:p@h/d\n", "postgresql+psycopg://u:p@h/d"),
    ],
)
def test_forms_of_a_database_address_are_kept_as_one(given: str) -> None:
    assert load(DATABASE_URL=given).database_url == "postgresql://u:p@h/d"


@pytest.mark.parametrize(
    "rest", ["/d?host=/run/postgresql", "h1:1,h2:2/d", "u:p%40%2F@h:1/d?sslmode=require"]
)
def test_the_rest_of_a_database_address_is_left_alone(rest: str) -> None:
    assert load(DATABASE_URL=f"postgresql://{rest}").database_url == f"postgresql://{rest}"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        *(("DATABASE_URL", f"{scheme}u:hunter2@h/d") for scheme in ("mysql://", "sqlite:///", "")),
        *(
            ("DATABASE_URL", given)
            for given in ("postgresql://", "hunter2", "postgres://u:hunter2@h:x/d")
        ),
        *(
            ("REDIS_URL", given)
            for given in ("h:6379", "http://:hunter2@h", "redis://", "redis://:hunter2@h:x")
        ),
        *(
            ("ANTHROPIC_API_KEY", given)
            for given in ("hunter2\nhunter2", "hunter2é", "hunter2\u200b")
        ),
        *(("REZNET_PORT", given) for given in ("eighty", "-1", "65536", "1.5")),
        *(("REZNET_ALLOW_REMOTE", "perhaps"), ("REZNET_HOST", "a b"), ("REZNET_WORKERS", "0")),
        *(
            ("REZNET_AUTH", "hunter2"),
            ("REZNET_LOG_LEVEL", "loud"),
            ("REZNET_DEFAULT_PROVIDER", "acme"),
        ),
        *(("REZNET_TOKEN_SECONDS", given) for given in ("nan", "inf", "0")),
    ],
)
def test_a_bad_value_is_refused_by_its_name_alone(name: str, given: str) -> None:
    said = refusal(**{name: given})
    assert said.startswith(f"{name}: must ")
    assert "hunter2" not in said


def test_every_complaint_is_told_at_once() -> None:
    said = refusal(REZNET_PORT="x", REZNET_HOSTS="y", REZNET_WORKERS="z").splitlines()
    assert [line.partition(":")[0] for line in said] == [
        "REZNET_HOSTS",
        "REZNET_PORT",
        "REZNET_WORKERS",
    ]


@pytest.mark.parametrize("name", ["REZNET_PROT", "reznet_port", "Reznet_Port"])
def test_an_unknown_variable_is_refused_with_the_likely_name(name: str) -> None:
    said = refusal(**{name: "hunter2"})
    assert said.startswith(f"{name}: there is no such setting")
    assert "REZNET_PORT" in said
    assert "hunter2" not in said


def test_variables_of_others_are_left_alone() -> None:
    load(PATH="/bin", POSTGRES_URL="x", OPENAI_ORG="y")


def test_an_empty_variable_counts_as_not_set() -> None:
    settings = load(REZNET_PORT="", DATABASE_URL=" ", OPENAI_API_KEY="\t", OLLAMA_HOST="")
    assert settings == load()


def test_words_are_taken_in_any_case_and_with_spaces_around() -> None:
    settings = load(
        REZNET_LOG_LEVEL=" INFO ",
        REZNET_LOG_FORMAT="Json",
        REZNET_DEFAULT_PROVIDER="OpenAI ",
        REZNET_AUTH="None",
    )
    assert (settings.log_level, settings.log_format) == ("info", "json")
    assert (settings.default_provider, settings.auth) == ("openai", "none")


def test_lists_are_separated_by_commas() -> None:
    assert load(REZNET_ALLOWED_HOSTS=" a, b ,,").allowed_hosts == ("a", "b")


def test_paths_are_trimmed_and_start_at_home_where_they_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    settings = load(REZNET_DATA_DIR=" ~/data ", REZNET_LOCAL_MODEL="~/model.gguf")
    assert settings.data_path == Path("/somewhere/data")
    assert settings.local_model == Path("/somewhere/model.gguf")


def test_the_data_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert load().data_path == Path("/data/reznet")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert load().data_path == Path("/somewhere/.local/share/reznet")


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("[::1]", True), ("LOCALHOST", True)]
    + [(host, False) for host in ("0.0.0.0", "::", "192.168.0.1", "localhost.example", "box")],
)
def test_only_this_machines_own_addresses_are_loopback(host: str, *, is_loopback: bool) -> None:
    assert load(REZNET_HOST=host).is_loopback is is_loopback


def test_secrets_are_trimmed_and_never_shown() -> None:
    settings = load(
        OPENAI_API_KEY=" hunter2\n",
        ANTHROPIC_API_KEY="hunter2",
        DATABASE_URL="postgresql://u:hunter2@h/d",
        REDIS_URL="redis://:hunter2@h",
    )
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings) + str(settings)


def test_the_environment_wins_over_the_file(env_file: Path) -> None:
    env_file.write_text("REZNET_PORT=1\nREZNET_WORKERS=2\n")
    settings = load_settings({"REZNET_PORT": "3"}, env_file)
    assert (settings.port, settings.workers) == (3, 2)


def test_the_file_lies_in_the_folder_of_the_start(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text("REZNET_PORT=1\n")
    monkeypatch.chdir(env_file.parent)
    assert load_settings({}).port == 1


@pytest.mark.parametrize(
    "content",
    [
        b"REZNET_PORT=1\nREZNET_WORKERS=2",
        b"\xef\xbb\xbfREZNET_PORT=1\r\nREZNET_WORKERS=2\r\n",
        b"# said\nexport REZNET_PORT = '1' # why\n\nREZNET_WORKERS=\"2\"\nREZNET_HOST=\n",
    ],
)
def test_forms_of_the_file_read_the_same(env_file: Path, content: bytes) -> None:
    env_file.write_bytes(content)
    settings = load_settings({}, env_file)
    assert (settings.port, settings.workers) == (1, 2)


def test_the_file_is_checked_like_the_environment(env_file: Path) -> None:
    env_file.write_text("REZNET_PROT=1\nREZNET_PORT=x\n")
    with pytest.raises(StartRefused, match=r"REZNET_PROT: there is no(?s:.*)REZNET_PORT: must be"):
        load_settings({}, env_file)


def test_a_line_that_is_no_setting_is_refused_by_its_number(env_file: Path) -> None:
    env_file.write_text("REZNET_PORT=1\nOPENAI_API_KEY 'hunter2\n")
    with pytest.raises(StartRefused, match="line 2: must be NAME=value") as caught:
        load_settings({}, env_file)
    assert "hunter2" not in str(caught.value)


def test_a_file_in_another_encoding_is_refused(env_file: Path) -> None:
    env_file.write_bytes("REZNET_HOST=b\xfcro".encode("utf-16"))
    with pytest.raises(StartRefused, match="UTF-8"):
        load_settings({}, env_file)


def test_the_reference_page_is_in_step() -> None:
    page = ROOT / "docs" / "reference" / "configuration.md"
    assert page.read_text(encoding="utf-8") == render_reference()


def test_the_example_file_is_in_step() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == render_env_example()


def test_the_example_file_sets_nothing_until_uncommented(env_file: Path) -> None:
    env_file.write_text(render_env_example())
    assert load_settings({}, env_file) == load()
    env_file.write_text(
        "\n".join(
            line.removeprefix("#") for line in render_env_example().splitlines() if "=" in line[1:]
        )
    )
    assert load_settings({}, env_file) == load()


def test_the_page_tells_of_every_setting_once() -> None:
    assert GROUPS[0][1] == next(iter(Settings.model_fields))
    for field in Settings.model_fields.values():
        assert field.description
        assert render_reference().count(f"\n| `{field.alias}` |") == 1
