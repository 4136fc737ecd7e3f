"""What a node is given: the dependencies, from LangGraph's context or made for the request."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.settings import Limits, Settings, load_settings
from multivis.state import Request
from multivis.tool import Dependencies, Tool

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from multivis.memory.modules import ModuleMemory
    from multivis.protocols import Documents, Memory, Sandbox, Source
    from multivis.rules import RuleBook
    from multivis.views import ViewStore

__all__ = ["dependencies_for", "make_dependencies", "on_source", "open_data"]

_LOCK = threading.Lock()
_MADE: dict[str, Dependencies] = {}
_KEPT = 16


def make_dependencies(
    source: Source,
    settings: Settings,
    *,
    rules: RuleBook | None = None,
    model: str | BaseChatModel | None = None,
    vision: str | BaseChatModel | None = None,
    code: str | BaseChatModel | None = None,
    fast: str | BaseChatModel | None = None,
    sandbox: Sandbox | None = None,
    memory: Memory | None = None,
    documents: Documents | None = None,
    extra_tools: Mapping[str, tuple[Tool, ...]] | None = None,
    extra_checks: tuple[Any, ...] = (),
    views: ViewStore | None = None,
    modules: ModuleMemory | str | Path | None = None,
) -> Dependencies:
    """Open everything that a run needs.

    Args:
        source: The data, opened.
        settings: Choices and limits.
        rules: The rule book; all twelve rules by default.
        model: A model instead of the one that `settings` names; likewise `vision`, `code`
            and `fast`.
        sandbox: Where generated code runs; the one that `settings` asks for by default.
        memory: Where validated charts are kept; none by default.
        documents: Notes and past runs that enrich the prompts; none by default.
        extra_tools: Tools to add, by agent name.
        extra_checks: Checks to add.
        views: Where drafts are kept as views; a store in memory by default.
        modules: Where generated modules for volumes are kept; a file beside the artefacts by
            default.

    Raises:
        InputError: A model or a setting cannot be used.
    """
    from multivis.charts.backends import BACKENDS, get_backend
    from multivis.charts.renderer import warm as warm_renderer
    from multivis.data.artifacts import FileArtifactStore
    from multivis.llm import resolve_models
    from multivis.rules import RuleBook
    from multivis.sandbox import open_sandbox
    from multivis.views import ViewStore
    from multivis.volumes.data import volume_of
    from multivis.volumes.modules import ModuleRunner

    book = RuleBook() if rules is None else rules
    models = resolve_models(
        settings.model if model is None else model,
        vision=settings.vision if vision is None else vision,
        code=settings.code if code is None else code,
        fast=settings.fast if fast is None else fast,
        limits=settings.limits,
        rules=book,
    )
    opened = open_sandbox(settings) if sandbox is None else sandbox
    warm = getattr(opened, "warm", None)
    if callable(warm) and volume_of(source) is None:
        warm()  # the worker starts while the question is being read
        if settings.backend == "altair":
            warm_renderer()
    store = FileArtifactStore(settings.cache_dir / "artifacts")
    # beside the work: a large cache takes a moment to look through
    threading.Thread(target=store.prune, args=(settings.cache_bytes,), daemon=True).start()
    made = Dependencies(
        source=source,
        models=models,
        sandbox=opened,
        store=store,
        rules=book,
        settings=settings,
        backends={name: get_backend(name) for name in BACKENDS},
        memory=memory,
        documents=documents,
        extra_tools=dict(extra_tools or {}),
        extra_checks=extra_checks,
        views=ViewStore() if views is None else views,
        modules=ModuleRunner(settings, store, memory=modules),
    )
    return on_source(made, source)


def open_data(
    address: Any, *, limits: Limits | None = None, cache_dir: str | Path | None = None
) -> Source:
    """Open data of any kind: a volume, or what `multivis.open_source` takes.

    Raises:
        InputError: The data cannot be used.
    """
    from multivis.volumes import is_volume

    if is_volume(address):
        from multivis.volumes.data import open_volume_data

        return open_volume_data(address, limits=limits)
    from multivis.data import open_source

    return open_source(address, limits=limits, cache_dir=cache_dir)


def on_source(dependencies: Dependencies, source: Source) -> Dependencies:
    """The dependencies on other data; a volume is drawn by VTK, tables by the chart backends."""
    from multivis.charts.backends import BACKENDS, get_backend
    from multivis.volumes.data import volume_of

    volume = volume_of(source)
    if volume is not None:
        from multivis.volumes.backend import VtkBackend

        return replace(dependencies, source=source, backends={"vtk": VtkBackend(volume)})
    backends = {name: get_backend(name) for name in BACKENDS}
    return replace(dependencies, source=source, backends=backends)


def dependencies_for(
    request: Request, given: Dependencies | None, rules: RuleBook | None
) -> Dependencies:
    """The dependencies of a run: those given as context, else made once for its data.

    A graph that is served (LangGraph server, LangServe) gets its context over HTTP, where
    open connections cannot travel: then they are made here from the request and the settings.
    """
    if given is None:
        with _LOCK:
            given = _MADE.get(request.data)
            if given is None:
                settings = load_settings(backend=request.backend)
                source = open_data(request.data, limits=settings.limits)
                given = make_dependencies(source, settings)
                while len(_MADE) >= _KEPT:
                    oldest = _MADE.pop(next(iter(_MADE)))
                    oldest.source.close()
                _MADE[request.data] = given
    return given if rules is None else replace(given, rules=rules)
