"""moto, called inside this process: the store behind the emulated services. Heavy to load, so loaded when made."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar
from urllib.parse import urlencode

from cloudgpu.rehearsal.credentials import ACCOUNT, REGION
from cloudgpu.rehearsal.ec2.errors import Refused, not_emulated
from cloudgpu.rehearsal.ec2.images import install
from cloudgpu.rehearsal.ec2.untyped import Backend, Shape
from cloudgpu.rehearsal.ec2.wire import Answer, Request

_log = logging.getLogger(__name__)
_JSON, _XML = "application/x-amz-json-1.1", "text/xml;charset=UTF-8"

# moto asks botocore for the regions, and botocore stumbles over a profile that the caller's files do not have.
_CONFIGURATION = {
    "AWS_PROFILE": None,
    "AWS_DEFAULT_PROFILE": None,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@contextmanager
def _nobodys_configuration() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _CONFIGURATION}
    _environment(_CONFIGURATION)
    try:
        yield
    finally:
        _environment(before)


def _environment(wanted: Mapping[str, str | None]) -> None:
    for name, value in wanted.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def open_to_the_internet(ec2: Backend) -> None:
    """Give the default network the gateway and the route that a real account's has."""
    network = ec2.get_default_vpc().id
    gateway = ec2.create_internet_gateway()
    ec2.attach_internet_gateway(gateway.id, network)
    for routes in ec2.route_tables.values():
        if routes.vpc_id == network:
            ec2.create_route(routes.id, "0.0.0.0/0", gateway_id=gateway.id)


class Engine:
    """One per process, for moto keeps its state in module globals: a new one begins with nothing, and RuntimeError is
    what an older one is asked for in vain. Not thread-safe."""

    _newest: ClassVar[object] = None

    def __init__(self) -> None:
        Engine._newest = self
        with _nobodys_configuration():
            self._load()

    def _load(self) -> None:
        from moto.core.base_backend import BackendDict
        from moto.core.request import Request as MotoRequest
        from moto.core.utils import get_service_model
        from moto.ec2.models import ec2_backends
        from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES
        from moto.ec2.responses import EC2Response
        from moto.ssm.models import ssm_backends
        from moto.ssm.responses import SimpleSystemManagerResponse
        from moto.sts.responses import TokenResponse

        BackendDict.reset()
        self._ec2, self._ssm, self._model_of, self._request = ec2_backends, ssm_backends, get_service_model, MotoRequest
        self._services = {"ec2": EC2Response, "ssm": SimpleSystemManagerResponse, "sts": TokenResponse}
        self.instance_types: Mapping[str, dict[str, Backend]] = INSTANCE_TYPES
        self._offerings = INSTANCE_TYPE_OFFERINGS["availability-zone"]
        self._ready: set[str] = set()
        self.ec2(REGION)  # what is asked for first is made now
        self.input_shape("ec2", "RunInstances")

    def regions(self) -> frozenset[str]:
        return frozenset(self._ec2[ACCOUNT].regions)

    def ec2(self, region: str) -> Backend:
        """The account's resources in one region, with the public images in place."""
        if Engine._newest is not self:
            raise RuntimeError("another emulated EC2 has begun in this process, which has room for one")
        backend = self._ec2[ACCOUNT][region]
        if region not in self._ready:
            self._ready.add(region)
            install(backend, self._ssm[ACCOUNT][region])
            open_to_the_internet(backend)
        return backend

    def ssm(self, region: str) -> Backend:
        return self._ssm[ACCOUNT][region]

    def input_shape(self, service: str, action: str) -> Shape:
        """What the service model takes for this action; None for an action without parameters.
        Refused for an action that the model does not have."""
        model = self._model_of(service)
        if action not in model.operation_names:
            if service == "ec2":
                raise Refused("InvalidAction", f"The action {action} is not valid for this web service.")
            raise Refused("UnknownOperationException", "The request names no operation of this service.")
        return model.operation_model(action).input_shape

    def sold_in(self, region: str, instance_type: str) -> list[str]:
        """The zones of a region in which an instance type is offered at all."""
        rows = self._offerings.get(region, [])
        return sorted(row["Location"] for row in rows if row["InstanceType"] == instance_type)

    def ask(self, request: Request, fields: Mapping[str, str] | None = None) -> Answer:
        """moto's own answer; `fields` in place of the request's form. Refused for what moto does not have."""
        self.ec2(request.scope.region if request.scope else REGION)
        url = f"http://{request.environ.get('HTTP_HOST', '127.0.0.1')}/"
        headers = {"Authorization": str(request.environ["HTTP_AUTHORIZATION"]), "X-Moto-Account-Id": ACCOUNT}
        if request.target:
            headers |= {"X-Amz-Target": request.target, "Content-Type": _JSON}
            body = request.body
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
            body = urlencode(request.fields if fields is None else fields).encode()
        made = self._request.from_primitives("POST", url, headers, body)
        made.from_wsgi_server = True
        try:
            status, _, said = self._services[request.service].dispatch(made)
        except NotImplementedError as gap:
            said_by_moto = re.sub(r" (has|have) not been implemented.*", "", str(gap))
            raise not_emulated(f"{request.action} as asked ({said_by_moto})") from gap
        except Exception as broken:  # whatever moto trips over is an internal error of the cloud
            _log.exception("moto failed at %s", request.action)
            raise Refused("InternalError", f"An internal error has occurred ({type(broken).__name__})") from broken
        content = said if isinstance(said, bytes) else str(said).encode()
        return Answer(int(status), _JSON if request.target else _XML, content)

    def tell(self, action: str, result: object) -> Answer:
        """A result of our own or of moto's models in the XML of an EC2 action."""
        from moto.core.serialize import XFormedAttributePicker, get_serializer_class
        from moto.ec2.responses import EC2Response

        transformers = {
            path: change
            for path, change in EC2Response.RESPONSE_KEY_PATH_TO_TRANSFORMER.items()
            if not path.startswith("RunInstances.")  # it says pending, whatever the state is
        }
        serializer = get_serializer_class("ec2", "ec2")(
            operation_model=self._model_of("ec2").operation_model(action),
            pretty_print=False,
            value_picker=XFormedAttributePicker(response_transformers=transformers),
        )
        told = serializer.serialize(result)
        body = told["body"]
        return Answer(int(told["status_code"]), _XML, body if isinstance(body, bytes) else str(body).encode())
