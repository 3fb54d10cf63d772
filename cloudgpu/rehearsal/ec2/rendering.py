"""DescribeInstances in XML, fast enough for a thousand: what has not changed is not written anew."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.untyped import Instance, Reservation
from cloudgpu.rehearsal.ec2.wire import Answer

_SET, _END, _EMPTY = b"<reservationSet>", b"</reservationSet>", b"<reservationSet/>"
Found = tuple[Reservation, Sequence[Instance]]


def tell(cloud: Cloud, call: Call, found: Sequence[Found], more: Mapping[str, str]) -> Answer:
    """Each reservation with those of its instances that were found."""
    shell = cloud.engine.tell(call.action, {"Reservations": [], **more})
    items = b"".join(_item(cloud, call, *one) for one in found)
    return Answer(shell.status, shell.content_type, shell.body.replace(_EMPTY, _SET + items + _END, 1))


def _item(cloud: Cloud, call: Call, reservation: Reservation, instances: Sequence[Instance]) -> bytes:
    if len(instances) < len(reservation.instances):
        shown = copy.copy(reservation)
        shown.instances = list(instances)
        return _written(cloud, call, shown)
    generation, known = cloud.machines.generation(call.ec2), (call.region, str(reservation.id))
    at, text = cloud.written.get(known, (-1, b""))
    if at != generation:
        text = _written(cloud, call, reservation)
        cloud.written[known] = (generation, text)
    return text


def _written(cloud: Cloud, call: Call, reservation: Reservation) -> bytes:
    body = cloud.engine.tell(call.action, {"Reservations": [reservation]}).body
    return body.partition(_SET)[2].rpartition(_END)[0]
