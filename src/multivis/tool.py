"""What a tool is: a name, an argument model, prerequisites and a function.

The argument model carries the bounds; TE-1 reads them from there, so there is no second list.
Tools live with what they operate on (`data/tools.py`, `charts/tools.py`); the guards of
`multivis.graph` decide whether one runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from multivis.protocols import (
    ArtifactStore,
    ChartBackend,
    Documents,
    Memory,
    ModelRouter,
    Sandbox,
    Source,
)
from multivis.state import Failure, Note, RuleEvent, State

if TYPE_CHECKING:
    from multivis.rules import RuleBook
    from multivis.settings import Settings
    from multivis.views import ViewStore
    from multivis.volumes.modules import ModuleRunner

__all__ = ["Arguments", "Dependencies", "Outcome", "Tool", "ToolContext"]


class Arguments(BaseModel):
    """Base of every tool's argument model: unknown arguments are an error."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Dependencies:
    """What nodes and tools are given through LangGraph's runtime context.

    Never part of the state: a run that resumes elsewhere gets its own.
    """

    source: Source
    models: ModelRouter
    sandbox: Sandbox
    store: ArtifactStore
    rules: RuleBook
    settings: Settings
    backends: Mapping[str, ChartBackend]
    memory: Memory | None = None
    extra_tools: Mapping[str, tuple[Tool, ...]] = field(default_factory=dict)
    extra_checks: tuple[Any, ...] = ()
    views: ViewStore | None = None
    documents: Documents | None = None
    modules: ModuleRunner | None = None


@dataclass(frozen=True)
class ToolContext:
    """What a tool may look at: the dependencies and the state, read-only."""

    dependencies: Dependencies
    state: State


class Outcome(BaseModel):
    """What a tool call came to.

    Attributes:
        text: What the model reads; the caller cuts it at `Limits.observation_characters`.
        failure: Set when it failed; `text` then says why and how to go on.
        update: State fields that the call defines, for example ``{"query": QueryResult}``.
        notes: What the asker should know.
        rules: Rules that fired inside the tool (TE-2).
        final: Whether the agent is done with this call.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    text: str
    failure: Failure | None = None
    update: dict[str, Any] = {}
    notes: tuple[Note, ...] = ()
    rules: tuple[RuleEvent, ...] = ()
    final: bool = False


@dataclass(frozen=True)
class Tool:
    """One tool.

    Attributes:
        name: As the paper names it.
        description: What a model reads.
        arguments: The argument model with its bounds.
        requires: Names that must be in `State.defined()` (CR-2).
        run: The function; it returns failures instead of raising them.
    """

    name: str
    description: str
    arguments: type[Arguments]
    run: Callable[[Any, ToolContext], Outcome]
    requires: frozenset[str] = frozenset({"source"})

    def definition(self) -> dict[str, Any]:
        """The tool in the form that chat models bind (OpenAI's function schema)."""
        schema = json.loads(_schema(self.arguments))
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": schema,
            },
        }


@lru_cache(maxsize=1024)
def _schema(arguments: type[Arguments]) -> str:
    """The JSON schema of arguments as text: models bind it anew before every turn."""
    schema = arguments.model_json_schema()
    schema.pop("title", None)
    return json.dumps(schema)
