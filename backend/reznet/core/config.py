"""Settings, from the environment and `.env`. `docs/reference/configuration.md` is made from here."""

import difflib
import ipaddress
import os
from collections.abc import Mapping
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from reznet.core.config_values import (
    Address,
    Auth,
    Choice,
    CommaSeparated,
    EmbedderChoice,
    FileSize,
    Host,
    Network,
    Networks,
    OllamaHost,
    OptionalPath,
    OptionalText,
    PostgresUrl,
    RedisUrl,
    Secret,
)
from reznet.core.errors import StartRefused

ProviderName = Literal["anthropic", "openai", "ollama", "local"]
Names = Annotated[tuple[str, ...], NoDecode, CommaSeparated]


class Settings(BaseSettings):
    """Everything that can be set. Each field's description is what the reference page prints."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, populate_by_name=True, hide_input_in_errors=True
    )

    host: Host = Field("127.0.0.1", alias="REZNET_HOST", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, alias="REZNET_PORT", description="Port to listen on.")
    data_dir: OptionalPath = Field(
        None,
        alias="REZNET_DATA_DIR",
        description="Folder of the embedded database and local files. Default: "
        "`$XDG_DATA_HOME/reznet`, else `~/.local/share/reznet`.",
    )
    auth: Annotated[Literal["none"], Auth] = Field(
        "none",
        alias="REZNET_AUTH",
        description="How people sign in. Only `none` exists so far: everyone who reaches the "
        "port is `local-user`.",
    )
    allow_remote: bool = Field(
        False,
        alias="REZNET_ALLOW_REMOTE",
        description="Listen on an address other than this machine's loopback although nobody "
        "has to sign in.",
    )
    allowed_hosts: Names = Field(
        (),
        alias="REZNET_ALLOWED_HOSTS",
        description="Host names, separated by commas, under which browsers may reach the server "
        "besides localhost.",
    )
    allowed_origins: Names = Field(
        (),
        alias="REZNET_ALLOWED_ORIGINS",
        description="Origins, separated by commas, of other sites whose pages may call the API.",
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, Networks] = Field(
        (),
        alias="REZNET_TRUSTED_PROXIES",
        description="IP addresses and networks, separated by commas, of proxies whose `X-Forwarded-Proto` is "
        "believed; those on this machine always are.",
    )
    workers: int = Field(
        1, ge=1, le=64, alias="REZNET_WORKERS", description="Processes that serve and run agents."
    )

    database_url: PostgresUrl = Field(
        None,
        alias="DATABASE_URL",
        repr=False,
        description="PostgreSQL 16 or newer with pgvector. Unset: the embedded PostgreSQL.",
    )
    database_pool_size: int | None = Field(
        None,
        ge=2,
        le=200,
        alias="REZNET_DATABASE_POOL_SIZE",
        description="Connections of one process for its requests and runs; the engine takes up to 10 "
        "more. Unset: two for each processor and two more, at most 15.",
    )
    pgbouncer: bool = Field(
        False,
        alias="REZNET_PGBOUNCER",
        description="Set when DATABASE_URL goes through PgBouncer in transaction mode: "
        "prepared statements are then not kept.",
    )
    redis_url: RedisUrl = Field(
        None,
        alias="REDIS_URL",
        repr=False,
        description="Redis or Valkey, needed when more than one process serves a workspace.",
    )

    anthropic_api_key: Secret = Field(
        None, alias="ANTHROPIC_API_KEY", description="Key for Anthropic."
    )
    anthropic_base_url: Address = Field(
        "https://api.anthropic.com",
        alias="ANTHROPIC_BASE_URL",
        description="Address of the Anthropic API.",
    )
    openai_api_key: Secret = Field(
        None, alias="OPENAI_API_KEY", description="Key for OpenAI or a compatible service."
    )
    openai_base_url: Address = Field(
        "https://api.openai.com/v1",
        alias="OPENAI_BASE_URL",
        description="Address of the OpenAI API or of anything compatible with it.",
    )
    ollama_host: OllamaHost = Field(
        "http://127.0.0.1:11434",
        alias="OLLAMA_HOST",
        description="Address of Ollama, in any form that Ollama itself takes.",
    )
    default_provider: Annotated[ProviderName | None, Choice] = Field(
        None,
        alias="REZNET_DEFAULT_PROVIDER",
        description="Provider of agents that name none. Unset: the one whose key is set, else "
        "an Ollama that answers, else `local`.",
    )
    default_model: OptionalText = Field(
        None,
        alias="REZNET_DEFAULT_MODEL",
        max_length=200,
        description="Model of agents that name none. Unset: the provider's usual one.",
    )
    local_model: OptionalPath = Field(
        None,
        alias="REZNET_LOCAL_MODEL",
        description="A GGUF file for the `local` provider. Unset: the packaged trial model.",
    )
    local_threads: int = Field(
        0,
        ge=0,
        le=256,
        alias="REZNET_LOCAL_THREADS",
        description="Threads of the local model; 0: one for each core. The packaged "
        "embedder takes as many, or half as many as there are cores.",
    )
    local_context: int = Field(
        4096,
        ge=512,
        le=1_048_576,
        alias="REZNET_LOCAL_CONTEXT",
        description="Context of the local model, in tokens.",
    )
    embedder: EmbedderChoice = Field(
        "local",
        alias="REZNET_EMBEDDER",
        description="What memories are embedded with: `local` (the packaged model), "
        "`fastembed:<model>`, `openai:<model>`, `ollama:<model>`, or `off`: memories are then found by their words alone.",
    )
    memory_quiet_seconds: float = Field(
        20,
        ge=0,
        le=86_400,
        alias="REZNET_MEMORY_QUIET_SECONDS",
        description="How long a channel must be quiet before an agent's model draws facts from what was said: "
        "turns close together then share one call. In a busy one it is done after fifteen times that.",
    )
    context_tokens: int = Field(
        0,
        ge=0,
        le=2_000_000,
        alias="REZNET_CONTEXT_TOKENS",
        description="Most tokens of conversation given to a model; 0: by the model.",
    )

    model_attempts: int = Field(
        3,
        ge=1,
        le=10,
        alias="REZNET_MODEL_ATTEMPTS",
        description="Tries of one model before the first token.",
    )
    first_token_seconds: float = Field(
        60,
        gt=0,
        le=3600,
        alias="REZNET_FIRST_TOKEN_SECONDS",
        description="Longest wait for a model's first token.",
    )
    token_seconds: float = Field(
        60,
        gt=0,
        le=3600,
        alias="REZNET_TOKEN_SECONDS",
        description="Longest silence between two tokens.",
    )
    answer_seconds: float = Field(
        900,
        gt=0,
        le=86_400,
        alias="REZNET_ANSWER_SECONDS",
        description="Longest time for a whole answer.",
    )
    retry_after_cap_seconds: float = Field(
        60,
        ge=0,
        le=3600,
        alias="REZNET_RETRY_AFTER_CAP_SECONDS",
        description="Longest wait that a provider's Retry-After can ask for.",
    )
    run_concurrency: int = Field(
        100,
        ge=1,
        le=1000,
        alias="REZNET_RUN_CONCURRENCY",
        description="Most agents that run at once in one process.",
    )
    hop_limit: int = Field(
        4,
        ge=0,
        le=50,
        alias="REZNET_HOP_LIMIT",
        description="How many agents may hand on to each other, one after the other, before "
        "a person has to speak.",
    )
    turn_budget: int = Field(
        12,
        ge=1,
        le=1000,
        alias="REZNET_TURN_BUDGET",
        description="Most runs that agents may start among themselves after one message of a "
        "person.",
    )
    workflow_parallel: int = Field(
        5,
        ge=1,
        le=20,
        alias="REZNET_WORKFLOW_PARALLEL",
        description="Most tasks of a workflow that run at once, where the workflow doesn't say.",
    )
    workflow_agent_parallel: int = Field(
        3,
        ge=0,
        le=20,
        alias="REZNET_WORKFLOW_AGENT_PARALLEL",
        description="Most tasks of a workflow that one agent works on at once; 0 is no limit.",
    )
    workflow_provider_parallel: int = Field(
        0,
        ge=0,
        le=20,
        alias="REZNET_WORKFLOW_PROVIDER_PARALLEL",
        description="Most tasks of a workflow that run on one provider at once; 0 is no limit.",
    )
    webhook_private: bool = Field(
        False,
        alias="REZNET_WEBHOOK_PRIVATE",
        description="Let webhooks be sent to addresses on this machine and in private networks.",
    )
    summary_retention_days: int = Field(
        30,
        ge=1,
        le=3650,
        alias="REZNET_SUMMARY_RETENTION_DAYS",
        description="How long memories are kept that a summary stands for, so that they can be brought back.",
    )
    event_retention_days: int = Field(
        7,
        ge=1,
        le=3650,
        alias="REZNET_EVENT_RETENTION_DAYS",
        description="How long events are kept for clients that catch up.",
    )
    max_file_size: FileSize = Field(
        25_000_000,
        alias="REZNET_MAX_FILE_SIZE",
        description="Largest file that can be attached to a message.",
    )
    poll_seconds: float = Field(
        0.05,
        ge=0.01,
        le=5,
        alias="REZNET_POLL_SECONDS",
        description="How often the engine looks for queued runs.",
    )

    log_format: Annotated[Literal["auto", "console", "json"], Choice] = Field(
        "auto",
        alias="REZNET_LOG_FORMAT",
        description="`console`, `json`, or `auto`: console on a terminal, else JSON.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Choice] = Field(
        "info", alias="REZNET_LOG_LEVEL", description="Least level that is logged."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from `load_settings` alone, which has merged environment and file."""
        assert isinstance(init_settings, InitSettingsSource)  # noqa: S101 - narrows the type
        return (init_settings,)

    @cached_property
    def data_path(self) -> Path:
        """The data folder, absolute; it need not exist yet."""
        if self.data_dir is not None:
            return self.data_dir.absolute()
        base = os.environ.get("XDG_DATA_HOME") or ""
        root = Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "share"
        return root / "reznet"

    @property
    def pool_size(self) -> int:
        """How many connections to the database a process has for its requests and runs.

        More than the processors can serve at once only grow cold.
        """
        return self.database_pool_size or min(15, 2 * (os.cpu_count() or 1) + 2)

    @property
    def trial_provider(self) -> str | None:
        """The provider whose answers are the trial model's; None where it has a model of the user's own."""
        return "local" if self.local_model is None else None

    @property
    def is_loopback(self) -> bool:
        """Whether `host` can be reached from this machine only."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False


def load_settings(
    environ: Mapping[str, str] | None = None, env_file: Path | None = None
) -> Settings:
    """Read the settings from the environment and, for what it lacks, from the `.env` file.

    Raises:
        StartRefused: names each variable that is unknown or has a bad value, and what is right.
    """
    from_file, complaints = _read_env_file(Path(".env") if env_file is None else env_file)
    merged = from_file | dict(os.environ if environ is None else environ)
    known = {field.alias for field in Settings.model_fields.values() if field.alias}
    complaints += [
        _unknown(key, known)
        for key in sorted(merged)
        if key.upper().startswith("REZNET_") and key not in known
    ]
    values = {key: value for key, value in merged.items() if key in known and value.strip()}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        complaints += [_complaint(item["loc"], item["msg"]) for item in error.errors()]
        raise StartRefused("\n".join(complaints)) from None
    if complaints:
        raise StartRefused("\n".join(complaints))
    return settings


def _read_env_file(path: Path) -> tuple[dict[str, str], list[str]]:
    """Return the variables of the file, and a complaint for each line that is none."""
    if not path.is_file():
        return {}, []
    try:
        content = path.read_text(encoding="utf-8-sig")  # editors on Windows write a mark first
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise StartRefused(f"{path} can't be read: {reason}") from error
    wrong = [binding.original for binding in parse_stream(StringIO(content)) if binding.error]
    complaints = [f"{path}, line {line.line}: must be NAME=value" for line in wrong]
    found = {} if wrong else dotenv_values(stream=StringIO(content))
    return {key: value for key, value in found.items() if value is not None}, complaints


def _unknown(key: str, known: set[str]) -> str:
    close = difflib.get_close_matches(key.upper(), known, 1, 0.8)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"{key}: there is no such setting; see docs/reference/configuration.md.{hint}"


def _complaint(loc: tuple[int | str, ...], message: str) -> str:
    # The value is left out on purpose: it may be a secret.
    said = message.removeprefix("Value error, ").replace("Input should be", "must be", 1)
    return f"{loc[0] if loc else 'settings'}: {said}"
