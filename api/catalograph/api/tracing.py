"""OpenTelemetry traces: a span for each request, GraphQL operation and statement.

Spans hold names, kinds, codes and counts. No exception is recorded, as its message may hold the
caller's input; nor is a document, a parameter or an address.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.types import Scope

from catalograph.api.request_context import facts
from catalograph.errors import MissingExtraError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_SERVICE = "catalograph"


class Tracing:
    """Spans of the API, in one tracer provider."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer(_SERVICE)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, scope: Scope) -> Iterator[None]:
        """Open a span around a request; it joins the trace in the caller's `traceparent`."""
        carrier = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name == b"traceparent"
        }
        known = facts()
        with self._span(scope["type"], self._propagator.extract(carrier)) as span:
            span.set_attribute("catalograph.request_id", known.id)
            yield
            if known.codes:
                _fail(span, known.codes[0])

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Open a span around a GraphQL operation; set its name at the end."""
        known = facts()
        with self._span("graphql") as span:
            yield
            if known.kind:
                span.update_name(f"{known.kind} {known.operation or ''}".strip())
                span.set_attribute("graphql.operation.type", known.kind)
                span.set_attribute("graphql.operation.name", known.operation or "")

    @contextmanager
    def statement(self, name: str) -> Iterator[None]:
        """Open a span around a statement, with its name."""
        with self._span(name) as span:
            span.set_attribute("db.system.name", "neo4j")
            span.set_attribute("db.operation.name", name)
            yield

    def close(self) -> None:
        """Send the spans that are still buffered."""
        self._provider.shutdown()

    @contextmanager
    def _span(self, name: str, context: object = None) -> Iterator["Span"]:
        with self._tracer.start_as_current_span(
            name,
            context=context,  # type: ignore[arg-type]
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as exc:
                _fail(span, type(exc).__name__)
                raise


def _fail(span: "Span", code: str) -> None:
    from opentelemetry.trace import StatusCode

    span.set_status(StatusCode.ERROR)
    span.set_attribute("error.type", code)


def open_tracing() -> Tracing:
    """Open tracing by OTLP over HTTP, to the target in OpenTelemetry's standard variables.

    Raises:
        MissingExtraError: the extra `otel` is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as exc:
        raise MissingExtraError("otel", exc.name or "opentelemetry-sdk") from exc
    named = Resource.create({"service.name": _SERVICE}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider)
