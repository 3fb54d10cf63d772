"""The WSGI application: who asks, what for, what goes wrong on purpose, who answers."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cloudgpu.rehearsal import effects
from cloudgpu.rehearsal.ec2 import (
    admission,
    filters,
    ids,
    incidents,
    jsonbody,
    operations,
    permissions,
    query,
    signature,
    wire,
)
from cloudgpu.rehearsal.ec2.billing import Bills
from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.conform import conform
from cloudgpu.rehearsal.ec2.engine import Engine
from cloudgpu.rehearsal.ec2.errors import Refused, not_emulated, render
from cloudgpu.rehearsal.ec2.outages import refusal
from cloudgpu.rehearsal.ec2.place import named_zone
from cloudgpu.rehearsal.ec2.servicequotas import ServiceQuotas
from cloudgpu.rehearsal.ec2.settings import Settings
from cloudgpu.rehearsal.ec2.states import Machines
from cloudgpu.rehearsal.ec2.tokens import Tokens
from cloudgpu.rehearsal.ec2.wire import Answer, Request, Scope
from cloudgpu.rehearsal.faults import Fault
from cloudgpu.rehearsal.world import World

_LOG = logging.getLogger(__name__)
_SERVICES = ("ec2", "ssm", "sts", "servicequotas")
_MODELS = {"servicequotas": "service-quotas"}


class Front:
    """EC2, SSM, STS and Service Quotas of one account, at one address. Thread-safe; one in a process at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._settings = Settings()
        self._lock = threading.RLock()
        self._bills = Bills(world.ledger, self._settings)
        self._quotas = ServiceQuotas(self._settings, world.clock)
        self._machines = Machines(world, self._lock, self._bills)
        self._cloud: Cloud | None = None
        self._stopped = threading.Event()
        threading.Thread(target=self._opened, name="load moto", daemon=True).start()

    def configure(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """Change settings (see `Settings.change`), all of which are returned, or let something happen to instances (see
        `incidents.happen`). ValueError for what is neither."""
        with self._lock:
            told = self._settings.change({name: one for name, one in wanted.items() if name not in incidents.NAMES})
            incidents.happen(self._machines, {name: one for name, one in wanted.items() if name in incidents.NAMES})
            return told

    def ready(self) -> None:
        """Return once moto is loaded. Requests wait for that by themselves."""
        self._opened()

    def close(self) -> None:
        """No state changes any more, and no held request. Guests and ledger belong to the caller."""
        self._stopped.set()
        with self._lock:
            self._machines.close()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        request = wire.read(environ)
        try:
            answer, fault = self._answer(request)
        except Refused as refused:
            return render(refused, request.protocol).send(start_response)
        if fault and fault.effect == "lost_response":
            effects.reset(environ)
        if fault and fault.effect == "late_response":
            self._stopped.wait(fault.seconds)
        return answer.send(start_response)

    def _opened(self) -> Cloud:
        with self._lock:
            if self._cloud is None:
                self._cloud = Cloud(self._world, self._settings, Engine(), Tokens(), self._machines)
            return self._cloud

    def _answer(self, request: Request) -> tuple[Answer, Fault | None]:
        if request.service not in _SERVICES:
            raise not_emulated(f"the service {request.service!r}")
        with self._lock:
            scope = signature.check(request, self._settings.access_key, self._settings.secret_key)
            cloud = self._opened()
            if scope.region not in cloud.engine.regions():
                raise Refused("AuthFailure", "Credential must be scoped to a valid region.")
            admission.admit(self._settings, request, scope.region)
            if not request.action:
                raise Refused("MissingAction", "The request must contain the parameter Action")
            params = self._parsed(cloud, request)
            known = _flat(cloud, request, scope, params)
        _LOG.info(
            "%s %s %s %s", request.action, scope.region, known.get("zone") or "-", known.get("instance_type") or "-"
        )
        fault = self._world.faults.take("aws", request.action, known)
        self._befall(fault, request, known)
        if fault and fault.effect == "duplicate":
            self._carried_out(cloud, request, scope, params)
        return self._carried_out(cloud, request, scope, params), fault

    def _carried_out(self, cloud: Cloud, request: Request, scope: Scope, params: dict[str, Any]) -> Answer:
        """A refusal is an answer as well, and can be lost like any other."""
        try:
            with self._lock:
                return self._performed(cloud, request, scope, params)
        except Refused as refused:
            self._stopped.wait(refused.seconds)
            return render(refused, request.protocol)

    def _parsed(self, cloud: Cloud, request: Request) -> dict[str, Any]:
        shape = cloud.engine.input_shape(_MODELS.get(request.service, request.service), request.action)
        if request.protocol == "json":
            return jsonbody.parse(request.body, shape)
        if request.service != "ec2":
            return dict(request.fields)
        params = query.parse(request.fields, shape)
        if shape is not None:
            filters.check(shape, params)
        ids.check(params)
        return params

    def _befall(self, fault: Fault | None, request: Request, known: Mapping[str, Any]) -> None:
        if fault is None:
            return
        if fault.effect == "error":
            raise refusal(fault, known)
        if fault.effect == "reset":
            effects.reset(request.environ)
        if fault.effect == "timeout":
            effects.hold(request.environ, stop=self._stopped)
        if fault.effect == "delay":
            effects.delay(fault.seconds)

    def _performed(self, cloud: Cloud, request: Request, scope: Scope, params: dict[str, Any]) -> Answer:
        permissions.check(self._settings.permissions, request, scope.region, params)
        conform(cloud, scope.region)
        if request.service == "servicequotas":
            told = self._quotas.answer(scope.region, request.action, params)
            return Answer(200, "application/x-amz-json-1.1", json.dumps(told).encode())
        if request.action == "DecodeAuthorizationMessage":
            return permissions.decode(params)
        if request.service != "ec2":
            return cloud.engine.ask(request)
        ec2 = cloud.engine.ec2(scope.region)
        self._machines.look()
        try:
            return operations.perform(cloud, Call(request, scope.region, params, ec2))
        finally:
            if not request.action.startswith(("Describe", "Get")):
                self._machines.changed(ec2)
                self._bills.settle(ec2)


def _flat(cloud: Cloud, request: Request, scope: Scope, params: Mapping[str, Any]) -> dict[str, Any]:
    """What a fault can match: the request's own parameters, and where it goes."""
    known = {**params, "region": scope.region}
    if request.action == "RunInstances":
        ec2 = cloud.engine.ec2(scope.region)
        known |= {"zone": named_zone(ec2, params), "instance_type": params.get("InstanceType", "")}
        known["elsewhere"] = [
            zone for zone in cloud.engine.sold_in(scope.region, known["instance_type"]) if zone != known["zone"]
        ]
    return known
