"""Every exception that multivis raises on purpose.

```
MultiVisError                         catch this one to catch them all
├── InputError                        the caller can fix it; exit code 2 on the command line
│   ├── QuestionError                 the question is empty or too long
│   ├── SourceError                   the data cannot be used
│   │   ├── SourceNotFoundError       no such file, table or server
│   │   ├── SourceFormatError         the file is not what it says it is
│   │   ├── SourceAccessError         wrong password, no permission, no server
│   │   └── EmptySourceError          no table, or no row
│   ├── UnknownFieldError             no such table or column (near names in `suggestions`)
│   ├── ReferenceMaterialError        a reference cannot be used
│   │   ├── ImageError                missing, truncated, huge, or not an image
│   │   └── CodeError                 does not parse, or draws no chart
│   ├── OptionError                   unknown backend, model, rule, setting
│   ├── MissingExtraError             an optional dependency is not installed
│   ├── CredentialError               a model's key is not set
│   └── OutputError                   the output folder cannot be written
├── QueryError                        a query did not give rows
│   ├── QueryRefusedError             the SQL guard said no
│   │   └── QuerySyntaxError          the statement does not parse
│   ├── QueryTimeoutError             over the time limit
│   └── QueryExecutionError           the engine said no
├── SandboxError                      generated code could not be run at all
│   └── SandboxUnavailableError       this system lacks the powers of the sandbox
├── RenderError                       a chart could not be turned into a picture
├── ModelError                        a model did not give a usable answer
│   ├── ProviderError                 the provider failed (rate limit, 5xx, network)
│   └── StructuredAnswerError         the answer never had the asked-for form
└── GraphError                        the graph is wired wrongly (unknown node, rule or guard)
```

Every message is one sentence that names the cause; `hint` is the next step.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "CodeError",
    "CredentialError",
    "EmptySourceError",
    "GraphError",
    "ImageError",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "MultiVisError",
    "OptionError",
    "OutputError",
    "ProviderError",
    "QueryError",
    "QueryExecutionError",
    "QueryRefusedError",
    "QuerySyntaxError",
    "QueryTimeoutError",
    "QuestionError",
    "ReferenceMaterialError",
    "RenderError",
    "SandboxError",
    "SandboxUnavailableError",
    "SourceAccessError",
    "SourceError",
    "SourceFormatError",
    "SourceNotFoundError",
    "StructuredAnswerError",
    "UnknownFieldError",
]


class MultiVisError(Exception):
    """Base of every error that multivis raises on purpose.

    Args:
        message: One sentence that names the cause.
        hint: The next step, or an empty string when the message already says it.
    """

    exit_code: int = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.args, self.__dict__.copy()))


def _rebuild(
    kind: type[MultiVisError], args: tuple[object, ...], state: dict[str, object]
) -> MultiVisError:
    """Restore an error after pickling, keyword-only arguments included."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class InputError(MultiVisError):
    """The caller can fix it: something given to multivis cannot be used."""

    exit_code = 2


class QuestionError(InputError):
    """The question is empty or too long."""


class SourceError(InputError):
    """The data cannot be used."""


class SourceNotFoundError(SourceError):
    """No such file, table or server."""


class SourceFormatError(SourceError):
    """The file is not what its ending or its header says."""


class SourceAccessError(SourceError):
    """Wrong password, missing permission, or no server that answers."""


class EmptySourceError(SourceError):
    """The source has no table, or its tables have no row."""


class UnknownFieldError(InputError):
    """No such table or column.

    Args:
        message: What was not found.
        suggestions: The nearest names that exist, best first.
        hint: The next step; made from `suggestions` when left empty.
    """

    def __init__(self, message: str, *, suggestions: Sequence[str] = (), hint: str = "") -> None:
        if not hint and suggestions:
            hint = "Did you mean " + ", ".join(repr(name) for name in suggestions) + "?"
        super().__init__(message, hint=hint)
        self.suggestions = tuple(suggestions)


class ReferenceMaterialError(InputError):
    """A reference image or reference code cannot be used."""


class ImageError(ReferenceMaterialError):
    """The image is missing, truncated, too large, or not an image."""


class CodeError(ReferenceMaterialError):
    """The code does not parse, or draws no chart."""


class OptionError(InputError):
    """An unknown backend, model, rule or setting, or a value out of its domain."""


class MissingExtraError(InputError):
    """An optional dependency is not installed.

    Args:
        what: What was asked for, for example ``"PostgreSQL sources"``.
        extra: The extra that brings it, for example ``"postgres"``.
    """

    def __init__(self, what: str, *, extra: str) -> None:
        super().__init__(
            f"{what} need an optional dependency that is not installed.",
            hint=f"Install it with: pip install 'multivis[{extra}]'",
        )
        self.extra = extra


class CredentialError(InputError):
    """A model's key is not set."""


class OutputError(InputError):
    """The output folder cannot be written."""


class QueryError(MultiVisError):
    """A query did not give rows."""


class QueryRefusedError(QueryError):
    """The SQL guard refused the statement; nothing was executed."""


class QuerySyntaxError(QueryRefusedError):
    """The statement does not parse; nothing was executed."""


class QueryTimeoutError(QueryError):
    """The query ran over its time limit and was stopped."""


class QueryExecutionError(QueryError):
    """The database engine rejected the query or failed while running it."""


class SandboxError(MultiVisError):
    """Generated code could not be run at all."""


class SandboxUnavailableError(SandboxError):
    """This system lacks the powers that the sandbox needs."""


class RenderError(MultiVisError):
    """A chart could not be turned into a picture."""


class ModelError(MultiVisError):
    """A model did not give a usable answer."""


class ProviderError(ModelError):
    """The provider of the model failed: rate limit, server error, network.

    Args:
        message: What happened.
        transient: Whether asking again may help.
        hint: The next step.
    """

    def __init__(self, message: str, *, transient: bool = True, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.transient = transient


class StructuredAnswerError(ModelError):
    """The model's answer never had the structure that was asked for."""


class GraphError(MultiVisError):
    """The graph is wired wrongly: an unknown node, rule or guard."""
