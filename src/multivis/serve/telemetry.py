"""What an operator sees: Prometheus metrics, and OpenTelemetry spans where they are configured.

Spans go to whatever tracer provider the process has; without one they cost nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from multivis.errors import MissingExtraError, OptionError
from multivis.progress import CheckEvent, InterruptEvent, ResultEvent
from multivis.state import ModelEvent, NodeEvent, RuleEvent, ToolEvent

__all__ = ["Telemetry", "configure_tracing"]

_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)


class Telemetry:
    """The metrics of one server, in a registry of their own."""

    def __init__(self) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
        except ImportError as error:
            raise MissingExtraError("Servers", extra="serve") from error

        self.registry = CollectorRegistry()
        registry = self.registry
        self.requests = Counter(
            "multivis_http_requests",
            "HTTP requests by route, method and status.",
            ("route", "method", "status"),
            registry=registry,
        )
        self.request_seconds = Histogram(
            "multivis_http_request_seconds",
            "Time until an answer began.",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.runs = Counter(
            "multivis_runs", "Runs that ended, by how.", ("kind", "status"), registry=registry
        )
        self.run_seconds = Histogram(
            "multivis_run_seconds", "Time of runs.", ("kind",), buckets=_SECONDS, registry=registry
        )
        self.working = Gauge(
            "multivis_runs_working", "Runs at work or waiting for their turn.", registry=registry
        )
        self.tools = Counter(
            "multivis_tool_calls", "Tool calls by outcome.", ("tool", "outcome"), registry=registry
        )
        self.rules = Counter(
            "multivis_rules_fired", "Firings of logic rules.", ("rule",), registry=registry
        )
        self.checks = Counter(
            "multivis_checks", "Checks on charts.", ("check", "passed"), registry=registry
        )
        self.models = Counter(
            "multivis_model_calls", "Calls of models.", ("model",), registry=registry
        )
        self.tokens = Counter(
            "multivis_model_tokens", "Tokens of models.", ("model", "part"), registry=registry
        )
        self.uploaded = Counter("multivis_uploaded_bytes", "Bytes uploaded.", registry=registry)

    def exposition(self) -> tuple[bytes, str]:
        """The metrics in Prometheus' text format, and its media type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def watch(self, kind: str, events: Iterable[Any]) -> Generator[Any, None, None]:
        """Hand events on, counting them; the whole run becomes one span with its parts.

        Args:
            kind: What is run: ``ask``, ``refine``, ``resume`` or the name of a graph.
            events: The events of the run.
        """
        started = time.monotonic()
        status = "error"
        with _span(f"multivis {kind}") as span:
            try:
                for event in events:
                    status = self._count(event, status)
                    span.event(event)
                    yield event
                if status == "error":  # no result among the events: the graph's own stream
                    status = "ended"
            except GeneratorExit:
                status = "left"
                raise
            finally:
                span.attribute("multivis.status", status)
                self.runs.labels(kind, status).inc()
                self.run_seconds.labels(kind).observe(time.monotonic() - started)

    def _count(self, event: Any, status: str) -> str:
        if isinstance(event, ToolEvent):
            self.tools.labels(event.tool[:60], event.outcome[:40]).inc()
        elif isinstance(event, RuleEvent):
            self.rules.labels(event.rule).inc()
        elif isinstance(event, CheckEvent):
            if event.result.applicable:
                self.checks.labels(event.result.id, str(event.result.passed).lower()).inc()
        elif isinstance(event, ModelEvent):
            self.models.labels(event.model).inc()
            self.tokens.labels(event.model, "prompt").inc(event.usage.prompt_tokens)
            self.tokens.labels(event.model, "completion").inc(event.usage.completion_tokens)
        elif isinstance(event, InterruptEvent):
            return "waiting"
        elif isinstance(event, ResultEvent):
            return status if status == "waiting" else str(event.result.status.value)
        return status


class _Span:
    """One run as a span; nodes, tools and models become spans below it."""

    def __init__(self, tracer: Any, span: Any) -> None:
        self._tracer = tracer
        self._span = span

    def attribute(self, name: str, value: Any) -> None:
        """Say something about the run."""
        if self._span is not None:
            self._span.set_attribute(name, value)

    def event(self, event: Any) -> None:
        """Write down a part of the run; it has just ended, so its beginning is known."""
        if self._span is None:
            return
        if isinstance(event, NodeEvent) and event.phase == "left":
            self._part(f"node {event.node}", event.at, event.seconds, {})
        elif isinstance(event, ToolEvent):
            facts: dict[str, Any] = {"multivis.node": event.node, "multivis.outcome": event.outcome}
            self._part(f"tool {event.tool}", event.at, event.seconds, facts)
        elif isinstance(event, ModelEvent):
            facts = {
                "multivis.node": event.node,
                "gen_ai.request.model": event.model,
                "gen_ai.usage.input_tokens": event.usage.prompt_tokens,
                "gen_ai.usage.output_tokens": event.usage.completion_tokens,
            }
            self._part(f"model {event.model}", event.at, event.usage.seconds, facts)

    def _part(self, name: str, ended: float, seconds: float, facts: dict[str, Any]) -> None:
        from opentelemetry import trace

        part = self._tracer.start_span(
            name,
            context=trace.set_span_in_context(self._span),
            start_time=int((ended - seconds) * 1e9),
            attributes=facts,
        )
        part.end(int(ended * 1e9))


@contextmanager
def _span(name: str) -> Generator[_Span, None, None]:
    """A span of the process' tracer provider, or nothing where OpenTelemetry is not there."""
    try:
        from opentelemetry import trace
    except ImportError:
        yield _Span(None, None)
        return
    tracer = trace.get_tracer("multivis.serve")
    # Not made the current span: a generator is resumed in other contexts than it began in.
    span = tracer.start_span(name)
    try:
        yield _Span(tracer, span if span.is_recording() else None)
    except Exception as error:
        span.record_exception(error)
        raise
    finally:
        span.end()


def configure_tracing() -> bool:
    """Send spans where ``OTEL_TRACES_EXPORTER`` or ``OTEL_EXPORTER_OTLP_ENDPOINT`` says.

    Returns:
        Whether spans are sent.

    Raises:
        MissingExtraError: The exporter is not installed.
        OptionError: An exporter of another kind.
    """
    wanted = os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if not wanted:
        wanted = "otlp" if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") else "none"
    if wanted == "none":
        return False
    if wanted not in {"otlp", "console"}:
        raise OptionError(
            f"The span exporter {wanted!r} is not known.",
            hint="Set OTEL_TRACES_EXPORTER to otlp, console or none.",
        )
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

        exporter: Any = ConsoleSpanExporter()
        if wanted == "otlp":
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter()
    except ImportError as error:
        raise MissingExtraError("OpenTelemetry spans", extra="otel") from error
    name = os.environ.get("OTEL_SERVICE_NAME", "multivis")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return True
