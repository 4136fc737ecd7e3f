"""Scripts that draw films, histograms and modules by themselves.

Those of scenes are written in plain VTK (`multivis.volumes.pipeline.script`).
"""

from __future__ import annotations

from multivis.volumes.backend import VtkBackend
from multivis.volumes.drawing import Drawing
from multivis.volumes.module_checks import needed_imports, with_parameters
from multivis.volumes.specification import Camera

__all__ = ["film_script", "histogram_script", "module_script"]


def module_script(drawing: Drawing) -> str:
    """The module of a drawing, with the lines that load its data and save its picture.

    Args:
        drawing: One whose `module` is set.
    """
    call = drawing.module
    if call is None:
        return ""
    camera = ""
    if drawing.camera != Camera():
        camera = (
            "from multivis.volumes.pipeline.camera import place_camera, set_camera\n"
            "from multivis.volumes.pipeline.extents import corners\n"
            "from multivis.volumes.specification import Camera\n\n"
            f"camera = Camera.model_validate({drawing.camera.model_dump(mode='json')!r})\n"
            "points = corners(renderer.ComputeVisiblePropBounds())\n"
            f"place = place_camera(camera, points, {drawing.size!r}, "
            "orientation=dataset.orientation)\n"
            "set_camera(renderer, place)\n"
        )
    red, green, blue = (round(int(drawing.background[i : i + 2], 16) / 255, 4) for i in (1, 3, 5))
    body = with_parameters(call.code, call.parameters).rstrip()
    environment = VtkBackend().environment()
    if needed_imports(body, environment):
        body = f"{environment}\n{body}"
    return f"""{body}


# What follows loads the data, draws, and saves the picture.
import vtk
from multivis.volumes import open_volume

dataset = open_volume({drawing.data!r}).dataset({drawing.time or 0})
renderer = build(dataset.vtk, PARAMETERS)
renderer.SetBackground({red}, {green}, {blue})
{camera}
window = vtk.vtkRenderWindow()
window.SetOffScreenRendering(1)
window.SetMultiSamples(0)
window.SetSize({drawing.size[0]}, {drawing.size[1]})
window.AddRenderer(renderer)
window.Render()
grabber = vtk.vtkWindowToImageFilter()
grabber.SetInput(window)
grabber.ReadFrontBufferOff()
writer = vtk.vtkPNGWriter()
writer.SetFileName("picture.png")
writer.SetInputConnection(grabber.GetOutputPort())
writer.Write()
"""


def film_script(drawing: Drawing) -> str:
    """A script that makes the film of a drawing again.

    Args:
        drawing: One whose `film` is set.
    """
    film = drawing.as_film().model_dump(mode="json", exclude_defaults=True)
    return f"""\
from pathlib import Path

from multivis.volumes import Film, open_volume
from multivis.volumes.pipeline.film import film_frames, write_film

film = Film.model_validate(
    {film!r}
)
frames = film_frames(film, open_volume({drawing.data!r}))
write_film(
    (frame.picture for frame in frames),
    Path("film.gif"),
    seconds_per_frame=film.seconds_per_frame,
)
"""


def histogram_script(drawing: Drawing) -> str:
    """A script that draws the histogram of a drawing again.

    Args:
        drawing: One whose `histogram` is set.
    """
    wanted = drawing.histogram
    told = {} if wanted is None else wanted.model_dump(mode="json", exclude_defaults=True)
    time = drawing.time or 0 if wanted is None or wanted.time is None else wanted.time
    return f"""\
from pathlib import Path

from multivis.volumes import Histogram, open_volume
from multivis.volumes.pipeline.histogram import count_values, draw_histogram

request = Histogram.model_validate({told!r})
counts = count_values(request, open_volume({drawing.data!r}).dataset({time}))
picture = draw_histogram(counts, logarithmic=request.logarithmic)
Path("picture.png").write_bytes(picture)
"""
