"""A picture that is taken apart once, whoever asks for its parts."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from multivis.reader.anatomy import Anatomy, read_anatomy
from multivis.reader.pies import Disc, find_disc
from multivis.reader.raster import Raster, enlarged, load_raster, reduced

__all__ = ["Picture", "open_picture"]


class Picture:
    """A picture with what was found in it; each part is looked for when it is first asked for.

    `multivis.reader.picture_form` and `multivis.reader.read_chart` take one in place of a file:
    the axes and texts of a picture that both are asked about are read once.

    Attributes:
        raster: Its pixels.
    """

    def __init__(self, raster: Raster) -> None:
        self.raster = raster

    @property
    def longest(self) -> int:
        """The longer side in pixels."""
        return max(self.raster.width, self.raster.height)

    @cached_property
    def disc(self) -> Disc | None:
        """The disc of a pie chart, if it holds one."""
        return find_disc(self.raster)

    @cached_property
    def anatomy(self) -> Anatomy | None:
        """What surrounds the marks, if there is a plotting area."""
        return read_anatomy(self.raster)

    @cached_property
    def enlarged(self) -> Picture:
        """The same with more pixels."""
        return Picture(enlarged(self.raster))

    @cached_property
    def reduced(self) -> Picture:
        """The same with fewer pixels."""
        return Picture(reduced(self.raster))


def open_picture(image: str | Path | bytes | Picture) -> Picture:
    """A picture of a file, of its bytes, or as it was opened before.

    Raises:
        ImageError: The file is missing, damaged, or not an image.
    """
    return image if isinstance(image, Picture) else Picture(load_raster(image))
