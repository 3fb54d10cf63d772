"""Public images as data: the lines that are built no more."""

from __future__ import annotations

from dataclasses import dataclass

from cloudgpu.rehearsal import reading
from cloudgpu.rehearsal.ec2.images import lines


@dataclass(frozen=True, slots=True)
class Images:
    """`retired`: lines as `images.lines` has them; their parameters and their images are gone."""

    retired: frozenset[str] = frozenset()

    def shown(self) -> dict[str, object]:
        return {"retired": sorted(self.retired)}


def images(_: Images, value: object) -> Images:
    wanted = reading.mapping("images", value, frozenset({"retired"}))
    return Images(frozenset(reading.among("images.retired", wanted.get("retired", []), lines())))
