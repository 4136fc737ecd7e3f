"""The one off-screen window of a process: found without a display, quiet, used by one at a time.

VTK writes its errors to the standard error stream and looks for an X server first. Here the
window is made with EGL (or OSMesa), and what VTK has to say is captured and told as our errors.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from multivis.errors import RenderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "VtkMessages",
    "captured_messages",
    "is_software",
    "load_opengl",
    "off_screen",
    "on_render_thread",
    "picture_of",
]

_LOCK = threading.RLock()
_THREADS: list[ThreadPoolExecutor] = []
_IDENTITY: list[int] = []
_START = threading.Lock()
_WINDOW: list[Any] = []
_SOFTWARE: list[bool] = []

NO_OPENGL = "This system has no OpenGL that draws without a screen, so volumes cannot be drawn."
NO_OPENGL_HINT = "On Debian install it with: apt-get install libegl1 libgl1-mesa-dri"


P = ParamSpec("P")
T = TypeVar("T")


def on_render_thread(function: Callable[P, T]) -> Callable[P, T]:
    """A function that uses `off_screen`, run by the one thread that has OpenGL's context.

    A context belongs to the thread that it was made in. Releasing it and taking it up elsewhere
    ends in errors and crashes of Mesa, and graphs run their nodes in changing threads.
    """

    @wraps(function)
    def there(*args: P.args, **kwargs: P.kwargs) -> T:
        if _IDENTITY and _IDENTITY[0] == threading.get_ident():
            return function(*args, **kwargs)
        return _render_thread().submit(function, *args, **kwargs).result()

    return there


def _render_thread() -> ThreadPoolExecutor:
    """The thread, started when it is first needed."""
    with _START:
        if not _THREADS:
            made = ThreadPoolExecutor(1, thread_name_prefix="multivis-render")
            _IDENTITY.append(made.submit(threading.get_ident).result())
            _THREADS.append(made)
        return _THREADS[0]


class VtkMessages:
    """What VTK said while it was listened to."""

    def __init__(self) -> None:
        self.text = ""

    def first_error(self) -> str:
        """The first error as one sentence without addresses in memory, or an empty string."""
        import re

        for block in re.split(r"\n\s*\n", self.text):
            if block.strip().startswith("ERROR"):
                line = " ".join(block.split("\n")[1:]).strip()
                line = re.sub(r"^\w+ \(0x[0-9a-f]+\):\s*", "", line)
                line = re.sub(r"\s*\(?0x[0-9a-f]+\)?", "", line)
                return re.sub(r"\s+", " ", line).rstrip(". ")[:300]
        return ""


@contextmanager
def captured_messages() -> Iterator[VtkMessages]:
    """Listen to VTK: nothing reaches the standard error stream, everything is in the answer."""
    from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow, vtkStringOutputWindow

    messages = VtkMessages()
    with _LOCK:
        before = vtkOutputWindow.GetInstance()
        verbosity = vtkLogger.GetCurrentVerbosityCutoff()
        listener = vtkStringOutputWindow()
        vtkOutputWindow.SetInstance(listener)
        vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
        try:
            yield messages
        finally:
            said: Any = listener.GetOutput()  # bytes, where VTK quotes a damaged file
            messages.text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
            vtkOutputWindow.SetInstance(before)
            vtkLogger.SetStderrVerbosity(verbosity)


def load_opengl() -> Any:
    """Register VTK's OpenGL classes; props and renderers made earlier would draw nothing."""
    from importlib import import_module

    for name in ("vtkRenderingFreeType", "vtkRenderingVolumeOpenGL2"):
        import_module(f"vtkmodules.{name}")
    # without it the offsets of lines that lie on a slice have no effect
    mapper = import_module("vtkmodules.vtkRenderingCore").vtkMapper
    mapper.SetResolveCoincidentTopologyToPolygonOffset()
    return import_module("vtkmodules.vtkRenderingOpenGL2")


def _new_window() -> Any:
    """A window that needs no display and really draws.

    Raises:
        RenderError: Neither EGL nor OSMesa is there.
    """
    opengl = load_opengl()

    for name in ("vtkEGLRenderWindow", "vtkOSOpenGLRenderWindow"):
        kind = getattr(opengl, name, None)
        if kind is None:
            continue
        with captured_messages():
            window = kind()
            window.SetOffScreenRendering(True)
            window.SetMultiSamples(0)
            window.SetAlphaBitPlanes(True)
            window.SetSize(16, 16)
            usable = bool(window.SupportsOpenGL())
        if usable:
            return window
    raise RenderError(NO_OPENGL, hint=NO_OPENGL_HINT)


@contextmanager
def off_screen(width: int, height: int) -> Iterator[Any]:
    """The process's window at that size; for functions that run `on_render_thread`.

    Raises:
        RenderError: There is no OpenGL.
    """
    with _LOCK:
        if not _WINDOW:
            _WINDOW.append(_new_window())
        window = _WINDOW[0]
        window.SetSize(width, height)
        try:
            yield window
        finally:
            for renderer in list(window.GetRenderers()):
                # while the context is here: later, another thread may be the one to forget it
                renderer.ReleaseGraphicsResources(window)
                window.RemoveRenderer(renderer)


@on_render_thread
def is_software() -> bool:
    """Whether OpenGL is computed by the processor (Mesa's rasterisers)."""
    if not _SOFTWARE:
        with off_screen(16, 16) as window:
            text = window.ReportCapabilities().lower()
        _SOFTWARE.append(any(name in text for name in ("llvmpipe", "softpipe", "swrast")))
    return _SOFTWARE[0]


def picture_of(window: Any) -> NDArray[np.uint8]:
    """What the window shows: (height, width, 3), the first row on top."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    width, height = window.GetSize()
    pixels = vtkUnsignedCharArray()
    window.GetPixelData(0, 0, width - 1, height - 1, True, pixels, 0)
    values = vtk_to_numpy(pixels).reshape(height, width, 3)
    return np.ascontiguousarray(values[::-1])
