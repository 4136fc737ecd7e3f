"""Chart backends by name, each imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from multivis.errors import OptionError
from multivis.protocols import ChartBackend

__all__ = ["BACKENDS", "get_backend"]

_CLASSES = {
    "altair": ("multivis.charts.backends.altair", "AltairBackend"),
    "plotly": ("multivis.charts.backends.plotly", "PlotlyBackend"),
    "matplotlib": ("multivis.charts.backends.matplotlib", "MatplotlibBackend"),
}


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
    if name not in _CLASSES:
        raise OptionError(
            f"There is no chart backend {name!r}.",
            hint="Use one of " + ", ".join(repr(known) for known in _CLASSES) + ".",
        )
    return _load(name)


class _Backends(Mapping[str, ChartBackend]):
    """The backends as a mapping that loads on first use."""

    def __getitem__(self, name: str) -> ChartBackend:
        if name not in _CLASSES:
            raise KeyError(name)
        return _load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_CLASSES)

    def __len__(self) -> int:
        return len(_CLASSES)

    def __repr__(self) -> str:
        return f"BACKENDS({', '.join(_CLASSES)})"


BACKENDS: Mapping[str, ChartBackend] = _Backends()
