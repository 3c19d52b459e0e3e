"""A plane for places that are near one another, on which areas are those of the ground.

The cylindrical equal-area projection of the ellipsoid WGS 84 (Snyder, *Map Projections – A Working Manual*,
USGS 1987, p. 81, equations 10-13 to 10-15 and 3-12).  It keeps every area exactly; shapes, widths and
distances are right along the standard parallel, which goes through the middle of the place.
"""

from math import cos, radians, sin, sqrt

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

# WGS 84: the half-axis of the equator in metres, and the square of the eccentricity.
EQUATOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
_E2 = FLATTENING * (2 - FLATTENING)
_E = sqrt(_E2)

# Nearer to a pole a degree of longitude has no width to speak of, and the map would have no height.
PARALLEL_MAX_DEGREES = 89.0


class Plane:
    """Metres east and north of a meridian and the equator, true at a parallel; both in degrees."""

    def __init__(self, meridian: float, parallel: float) -> None:
        self._meridian = meridian
        at = radians(max(-PARALLEL_MAX_DEGREES, min(PARALLEL_MAX_DEGREES, parallel)))
        self._scale = cos(at) / sqrt(1 - _E2 * sin(at) ** 2)

    def project(self, degrees: Numbers) -> Numbers:
        """Return positions in metres; `degrees` has a longitude and a latitude in each row.

        Longitudes may pass ±180 on the far side of the antimeridian.
        """
        sine = np.sin(np.radians(degrees[:, 1]))
        authalic = (1 - _E2) * (sine / (1 - _E2 * sine**2) + np.arctanh(_E * sine) / _E)
        east = EQUATOR_M * self._scale * np.radians(degrees[:, 0] - self._meridian)
        north = EQUATOR_M * authalic / (2 * self._scale)
        return np.column_stack((east, north))
