"""Pictures from changing threads: graphs and servers run their nodes wherever there is one."""

from __future__ import annotations

import threading

import pytest

pytest.importorskip("vtkmodules")

from multivis.volumes import open_volume
from multivis.volumes.pipeline import build_scene, render
from multivis.volumes.pipeline.window import on_render_thread
from multivis.volumes.specification import IsosurfaceStage, Specification


def test_scenes_are_drawn_and_forgotten_in_any_thread():
    dataset = open_volume("phantom:head?size=24").dataset()
    specification = Specification(
        stages=(
            IsosurfaceStage(isovalue=600.0, name="skull"),
            IsosurfaceStage(isovalue=-200.0, name="skin", opacity=0.4),
        ),
        size=(120, 100),
    )
    sums: list[int] = []

    def draw() -> None:
        # the scene is forgotten at the end of this function, in this thread
        sums.append(int(render(build_scene(specification, dataset)).sum()))

    for _ in range(6):
        thread = threading.Thread(target=draw)
        thread.start()
        thread.join()
        draw()
    assert len(sums) == 12
    assert len(set(sums)) == 1


def test_the_render_thread_calls_itself_and_passes_errors_on():
    @on_render_thread
    def inner(value: int) -> tuple[int, int]:
        if value < 0:
            raise ValueError("below")
        return threading.get_ident(), value

    @on_render_thread
    def outer(value: int) -> tuple[int, int]:
        return inner(value)

    identity, value = outer(3)
    assert value == 3
    assert identity == inner(1)[0]
    assert identity != threading.get_ident()
    with pytest.raises(ValueError, match="below"):
        outer(-1)
