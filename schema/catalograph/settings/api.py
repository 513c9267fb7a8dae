"""Settings of the GraphQL server."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from catalograph.settings.group import SettingsGroup


class ApiLimitSettings(SettingsGroup):
    """How large one GraphQL document may be; a larger one is refused before it is validated."""

    characters: int = Field(
        50_000, gt=0, description="Characters of a document; comments and white space count."
    )
    tokens: int = Field(1_000, gt=0, description="Tokens of a document that is not persisted.")
    operations: int = Field(10, gt=0, description="Operations in a document.")
    depth: int = Field(15, gt=0, description="Levels of fields within fields.")
    aliases: int = Field(50, ge=0, description="Aliases, each as often as its fragment is spread.")
    directives: int = Field(
        50, ge=0, description="Directives, each as often as its fragment is spread."
    )
    fields: int = Field(1_000, gt=0, description="Fields, each as often as its fragment is spread.")
    root_fields: int = Field(20, gt=0, description="Fields of the root, counted likewise.")
    introspection_lists: int = Field(
        3, ge=0, description="Lists within lists of an introspection query; GraphiQL needs 3."
    )
    cost: int = Field(
        20_000,
        gt=0,
        description="Objects an operation may ask for: each field that answers objects counts one, "
        "times the sizes of the lists around it.",
    )
    list_size: int = Field(
        10, gt=0, description="Size taken for a list that has no `first` or `last`."
    )


class ApiAuthSettings(SettingsGroup):
    """Who may ask. With keys or a JWKS set, every request needs the scopes of its fields."""

    api_key_file: Path | None = Field(
        None,
        description="File of API keys, one a line, as `catalograph api-key new` prints them: name, "
        "SHA-256 of the key, scopes joined by commas, and, if it is one shopper's, the user key.",
    )
    api_keys: SecretStr | None = Field(
        None, description="The same lines, separated by semicolons, in place of a file."
    )
    jwks: str | None = Field(
        None,
        description="JSON web key set that JWTs are checked with: a file, or an https address, "
        "which is read at the start and again, at most once a minute, for an unknown key id.",
    )
    algorithms: tuple[str, ...] = Field(
        ("RS256", "ES256", "EdDSA"),
        description="Signature algorithms accepted, as a JSON list; asymmetric ones only.",
    )
    audience: str | None = Field(
        None, description="Audience (`aud`) a JWT must name; needed with `jwks`."
    )
    issuer: str | None = Field(None, description="Issuer (`iss`) a JWT must name. Unset: any.")
    studio_client: str | None = Field(
        None,
        description="Client id with which the Studio signs people in at `issuer`, by OpenID "
        "Connect (code with PKCE). Unset: by API key.",
    )
    studio_scopes: tuple[str, ...] = Field(
        (),
        description="Scopes that the Studio asks `issuer` for, beside `openid`, as a JSON list "
        'such as `["catalog:read"]`. None for an issuer that gives them by client or by person.',
    )
    leeway: float = Field(
        30.0, ge=0, le=300, description="Seconds the clocks of issuer and server may differ."
    )
    user_source: str | None = Field(
        None,
        description="Source of the shoppers' ids: the user key is then made of it and the JWT's "
        "`sub`. Unset: the JWT's claim `user_key`, where it has one.",
    )
    anonymous_scopes: tuple[str, ...] = Field(
        (),
        description="Scopes of requests without credentials, as a JSON list such as "
        '`["catalog:read"]`.',
    )

    @property
    def configured(self) -> bool:
        """Whether requests are told apart at all."""
        return bool(self.api_key_file or self.api_keys or self.jwks)


class ApiLiveSettings(SettingsGroup):
    """Subscriptions over web sockets."""

    poll_seconds: float = Field(
        1.0, gt=0, description="Seconds between two looks at what subscribers watch."
    )
    alert_seconds: float = Field(
        30.0, gt=0, description="Seconds between two looks at the reviews that alerts watch."
    )
    sockets: int = Field(1_000, ge=0, description="Web sockets open at once in each worker.")
    sockets_per_caller: int = Field(
        100,
        gt=0,
        description="Of these, how many one caller may have; without credentials, one address.",
    )
    subscriptions_per_socket: int = Field(20, gt=0, description="Subscriptions on one web socket.")
    init_seconds: float = Field(
        10.0, gt=0, description="Seconds a web socket may stay open without `connection_init`."
    )


class ApiCacheSettings(SettingsGroup):
    """Answers about products and lists that each worker keeps until something changes them."""

    megabytes: int = Field(
        64, ge=0, description="Memory of kept answers in each worker; 0 keeps none."
    )
    behind_seconds: float = Field(
        1.0,
        gt=0,
        description="Seconds that a kept answer may be behind a write of Catalograph by another "
        "process. Each worker asks the database for changes three times as often.",
    )
    max_seconds: float = Field(
        60.0,
        gt=0,
        description="Age at most of a kept answer, for changes by Cypher of your own, which "
        "announces none.",
    )


class ApiSearchSettings(SettingsGroup):
    """Understanding of search words, and suggestions."""

    vocabulary_seconds: float = Field(
        30.0,
        gt=0,
        description="Seconds between two looks whether brands, categories, values or products "
        "changed; then each worker reads their names again.",
    )
    popular_shoppers: int = Field(
        5,
        ge=2,
        description="Different shoppers who must have typed a query until it is suggested to "
        "others; fewer could tell who typed it.",
    )


class ApiFeedSettings(SettingsGroup):
    """Feeds that callers with the scope `feeds:write` bring in."""

    upload_mb: float = Field(
        512.0, gt=0, description="MiB of an uploaded feed; a larger one is refused."
    )
    stored_mb: float = Field(
        4096.0, gt=0, description="MiB that all uploaded feeds together may take."
    )
    keep_days: float = Field(
        7.0,
        gt=0,
        description="Days that an uploaded feed is kept, and what a run by the API rejected.",
    )
    folder: Path | None = Field(
        None, description="Folder of the server whose files callers may name. Unset: none."
    )
    databases: tuple[str, ...] = Field(
        (),
        description="Databases that callers may query, as a JSON list of addresses such as "
        '`["postgresql://reader@host/shop"]`. The password comes from PGPASSWORD or a password '
        "file.",
    )
    kafka: str | None = Field(
        None,
        description="Kafka brokers whose topics callers may read, as host:port with commas "
        "between. Unset: none.",
    )
    runs: int = Field(
        1, ge=1, le=64, description="Runs that go on at once, of all workers of this machine."
    )
    seconds: float = Field(
        120.0, gt=0, description="Seconds that a preview, a proposal or a dry run may take."
    )


class ApiSettings(SettingsGroup):
    """The GraphQL server."""

    host: str = Field(
        "127.0.0.1",
        description="Address to bind. Only loopback is accepted until API keys or a JWKS are set.",
    )
    port: int = Field(8000, ge=0, le=65535, description="Port to bind; 0 takes a free one.")
    allowed_hosts: tuple[str, ...] = Field(
        ("localhost", "127.0.0.1", "::1", "[::1]"),
        description="Host names requests may be addressed to, as a JSON list; `*.example.com` "
        "takes in all names below.",
    )
    allowed_origins: tuple[str, ...] = Field(
        (),
        description="Origins whose pages may call from a browser (CORS, web sockets), as a JSON "
        'list such as `["https://shop.example.com"]`. Never `*`.',
    )
    studio: bool = Field(
        True,
        description="Serve the Studio at `/`. With `trusted_only`, its documents are taken too.",
    )
    studio_shoppers: tuple[str, ...] = Field(
        (),
        description="Keys of shoppers that the Studio offers to look at, as a JSON list, such as "
        "those of a demo.",
    )
    image_copies: dict[str, Path] = Field(
        {},
        description="Folders with copies of pictures, by the beginning of their addresses, as a "
        "JSON object; the Studio shows the copies.",
    )
    image_origins: tuple[str, ...] = Field(
        (),
        description="Origins whose pictures the Studio shows, as a JSON list such as "
        '`["https://images.example.com"]`; for pictures from elsewhere it draws a tile.',
    )
    introspection: bool | None = Field(
        None,
        description="Whether the schema may be asked for, and GraphiQL is served. Unset: only "
        "while no API keys or JWKS are set, and not with `trusted_only`.",
    )
    persisted: tuple[Path, ...] = Field(
        (),
        description="Manifests of persisted documents, Apollo's or Relay's form, as a JSON list of "
        "files.",
    )
    trusted_only: bool = Field(
        False, description="Refuse every document that is not in a manifest of `persisted`."
    )
    get_max_age: int = Field(
        60,
        ge=0,
        description="Seconds a shared cache may keep a persisted query's answer that is the same "
        "for everybody.",
    )
    rate: str | None = Field(
        None,
        description="Cost a key, user or, without credentials, an address may use, such as "
        "`60000/minute`. Unset: `100000/minute` once API keys or a JWKS are set, else no limit.",
    )
    rate_storage: str | None = Field(
        None,
        description="Where it is counted: a storage URI of the library limits, such as "
        "`redis://127.0.0.1:6379`. Unset: an SQLite file in `home`, shared by the workers of this "
        "machine.",
    )
    workers: int = Field(1, ge=1, le=64, description="Processes that serve.")
    start_timeout: float = Field(
        300.0,
        gt=0,
        description="Seconds that one of several workers may take until it serves; then it is "
        "killed and started again.",
    )
    intents: Path | None = Field(
        None,
        description="File of `train intent`, by which turns are understood. Unset: the packaged "
        "model.",
    )
    toxicity: Path | None = Field(
        None,
        description="File of `train toxicity`, by which generated texts are checked for abuse "
        "beside the packaged word lists. Unset: by the word lists alone.",
    )
    vector_search: bool = Field(
        True,
        description="Load the text model, for search by vectors; it takes memory in each worker.",
    )
    similarity_floor: float = Field(
        0.3,
        ge=-1,
        le=1,
        description="Least cosine similarity of query and product at which a search finds the "
        "product by its meaning alone; the default suits the default text model.",
    )
    second_stage: bool = Field(
        True,
        description="Rank the first hundred candidates of a search by the live ranker of "
        "`catalograph embed ranker`, if there is one.",
    )
    search_log_days: int = Field(
        180,
        gt=0,
        description="Days that served pages of searches are kept, with their search words.",
    )
    conversation_days: int = Field(
        90,
        gt=0,
        description="Days that a conversation with the assistant is kept after its last turn.",
    )
    request_timeout: float = Field(
        20.0,
        gt=0,
        description="Seconds in which a whole request, head and body, has to arrive. A late body "
        "is answered with 408; a late head closes the connection.",
    )
    shutdown_timeout: int = Field(
        10, ge=1, description="Seconds that requests have to end when the server is stopped."
    )
    metrics: Literal["loopback", "public", "off"] = Field(
        "loopback",
        description="Who may read `/metrics`: this machine only and not through a proxy, everybody "
        "who reaches the server, or nobody.",
    )
    tracing: bool = Field(
        False,
        description="Send OpenTelemetry traces as the standard variables say, such as "
        "OTEL_EXPORTER_OTLP_ENDPOINT. Needs the extra `otel`.",
    )
    reason_shoppers: int = Field(
        5,
        ge=1,
        description="Number of shoppers who must have chosen both of two products before a reason "
        "names them; the choices of fewer are summed.",
    )
    stale_lists: int = Field(
        500,
        ge=0,
        description="Lists of recommendations that a worker remembers, to answer with while the "
        "database is away; 0 for none.",
    )
    stale_seconds: float = Field(
        3600.0, gt=0, description="Age at most of such a list that was made for no person."
    )
    stale_user_seconds: float = Field(
        300.0,
        gt=0,
        description="Age at most of such a list that was made for a person; after that time, an "
        "erased person's is gone from all workers.",
    )
    artefacts: bool = Field(
        True,
        description="Rank recommendations by the files of the live preference model, where they "
        "are, in place of its edges in the graph.",
    )
    ready_timeout: float = Field(
        1.5, gt=0, description="Seconds that `/readyz` waits for the database."
    )
    idempotency_hours: float = Field(
        24.0, gt=0, description="Hours that the answer to an idempotency key is kept."
    )
    cypher: bool = Field(
        False,
        description="Answer analysts' Cypher at /cypher, through the gate of docs/analyst.md.",
    )
    cypher_timeout: float = Field(
        10.0, gt=0, le=600, description="Seconds a statement at /cypher may take."
    )
    cypher_rows: int = Field(
        1_000, gt=0, description="Rows a statement at /cypher is answered with at most."
    )
    dashboards: Path | None = Field(
        None,
        description="Folder of dashboards for the Studio, YAML files of the form of "
        "docs/analyst.md. Unset: the shipped one alone.",
    )
    mcp: bool = Field(
        False,
        description="Offer the API to agents by the Model Context Protocol at /mcp, with the "
        "profile at /.well-known/ucp. Needs the extra `mcp`.",
    )
    mcp_key: SecretStr | None = Field(
        None, description="API key of the caller of `catalograph mcp`, in place of its `--scope`."
    )
    currency: str | None = Field(
        None,
        pattern="^[A-Z]{3}$",
        description="ISO 4217 code of the currency in which prices are filtered, sorted and "
        "counted. Unset: the most frequent one of each list.",
    )
    exchange_rates: Path | None = Field(
        None, description="YAML or CSV of exchange rates. Unset: prices are never converted."
    )
    cache: ApiCacheSettings = ApiCacheSettings()
    limits: ApiLimitSettings = ApiLimitSettings()
    auth: ApiAuthSettings = ApiAuthSettings()
    live: ApiLiveSettings = ApiLiveSettings()
    feeds: ApiFeedSettings = ApiFeedSettings()
    search: ApiSearchSettings = ApiSearchSettings()

    @property
    def introspection_on(self) -> bool:
        """Whether the schema may be asked for."""
        if self.introspection is None:
            return not (self.auth.configured or self.trusted_only)
        return self.introspection

    @property
    def rate_in_force(self) -> str | None:
        """What a caller may use; None for no limit."""
        return self.rate or ("100000/minute" if self.auth.configured else None)
