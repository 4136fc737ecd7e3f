"""Chart backends by name, each imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from multivis.errors import OptionError
from multivis.protocols import ChartBackend

__all__ = ["BACKENDS", "get_backend", "register_backend"]

_CLASSES = {
    "altair": ("multivis.charts.backends.altair", "AltairBackend"),
    "plotly": ("multivis.charts.backends.plotly", "PlotlyBackend"),
    "matplotlib": ("multivis.charts.backends.matplotlib", "MatplotlibBackend"),
}

_REGISTERED: dict[str, ChartBackend] = {}


def register_backend(backend: ChartBackend) -> None:
    """Add a backend of your own under its `name`; it can then be asked for like any other.

    Raises:
        OptionError: The name is taken by a backend of multivis, or is not an identifier.
    """
    if backend.name in _CLASSES or not backend.name.isidentifier():
        raise OptionError(
            f"A chart backend cannot be named {backend.name!r}.",
            hint="Give it a name of its own: one word, letters, digits and underscores.",
        )
    _REGISTERED[backend.name] = backend


@cache
def _load(name: str) -> ChartBackend:
    module, attribute = _CLASSES[name]
    backend: ChartBackend = getattr(import_module(module), attribute)()
    return backend


def get_backend(name: str) -> ChartBackend:
    """The backend of that name; the same object every time.

    Raises:
        OptionError: No backend has that name.
    """
    if name in _REGISTERED:
        return _REGISTERED[name]
    if name not in _CLASSES:
        raise OptionError(
            f"There is no chart backend {name!r}.",
            hint="Use one of " + ", ".join(repr(known) for known in BACKENDS) + ".",
        )
    return _load(name)


class _Backends(Mapping[str, ChartBackend]):
    """The backends as a mapping that loads on first use."""

    def __getitem__(self, name: str) -> ChartBackend:
        if name not in _CLASSES and name not in _REGISTERED:
            raise KeyError(name)
        return get_backend(name)

    def __iter__(self) -> Iterator[str]:
        yield from _CLASSES
        yield from _REGISTERED

    def __len__(self) -> int:
        return len(_CLASSES) + len(_REGISTERED)

    def __repr__(self) -> str:
        return f"BACKENDS({', '.join(self)})"


BACKENDS: Mapping[str, ChartBackend] = _Backends()
