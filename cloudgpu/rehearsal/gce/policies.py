"""What an organisation has forbidden, whoever asks: 412, in the words that the real one has for each constraint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cloudgpu.rehearsal.gce.catalogue import region_of
from cloudgpu.rehearsal.gce.errors import ApiError
from cloudgpu.rehearsal.gce.settings import project_number
from cloudgpu.rehearsal.gce.settings.policies import (
    EXTERNAL_ADDRESS,
    LOCATIONS,
    NO_GUEST_ATTRIBUTES,
    NO_SERIAL_PORT,
    OS_LOGIN,
    SHIELDED,
    TRUSTED_IMAGES,
    Policies,
    allowed,
)
from cloudgpu.rehearsal.gce.state import Cloud, Machine

_SEE = "See https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints"
_SHIELD = (
    ("enableSecureBoot", "Secure Boot"),
    ("enableVtpm", "vTPM"),
    ("enableIntegrityMonitoring", "Integrity Monitoring"),
)


def _of(cloud: Cloud, project: str) -> Policies:
    known = cloud.settings.projects.get(project)
    return known.policies if known else {}


def _refuse(violations: list[str]) -> None:
    if violations:
        raise ApiError(412, "conditionNotMet", violations[0], also=violations[1:])


def common_metadata(cloud: Cloud, project: str) -> dict[str, str]:
    """What the policies put into the metadata of the project."""
    return {"enable-oslogin": "TRUE"} if OS_LOGIN in _of(cloud, project) else {}


def check_instance(cloud: Cloud, machine: Machine, images: Mapping[str, str]) -> None:
    """ApiError with everything that the policies have against a new machine. `images`: those that its new disks are
    made from, each with its project."""
    policies = _of(cloud, machine.project)
    if policies:
        _refuse(
            [*_shape(policies, machine), *_images(policies, machine.project, images), *_metadata(policies, machine)]
        )


def _shape(policies: Policies, machine: Machine) -> Iterator[str]:
    outside = any(one.get("accessConfigs") for one in machine.resource["networkInterfaces"])
    named = allowed(policies, EXTERNAL_ADDRESS)
    if outside and named is not None and machine.path not in named:
        yield (
            f"Constraint constraints/{EXTERNAL_ADDRESS} violated for project {project_number(machine.project)}. Add "
            f"instance {machine.path} to the constraint to use external IP with it."
        )
    if SHIELDED in policies:
        for name, words in _SHIELD:
            if not machine.resource["shieldedInstanceConfig"][name]:
                yield (
                    f"Constraint constraints/{SHIELDED} violated for project projects/{machine.project}. {words} is "
                    f"not enabled in the 'shielded_instance_config' field. {_SEE} for more information."
                )
    yield from _location(policies, f"ZONE:{machine.zone}", (machine.zone, region_of(machine.zone)), machine.path)


def _images(policies: Policies, project: str, images: Mapping[str, str]) -> Iterator[str]:
    trusted = allowed(policies, TRUSTED_IMAGES)
    if trusted is not None:
        for owner in sorted({*images.values()} - {project} - {one.removeprefix("projects/") for one in trusted}):
            yield (
                f"Constraint constraints/{TRUSTED_IMAGES} violated for project {project}. Use of images from project "
                f"{owner} is prohibited."
            )


def _metadata(policies: Policies, machine: Machine) -> Iterator[str]:
    metadata = machine.metadata()
    if OS_LOGIN in policies and metadata.get("enable-oslogin", "").upper() == "FALSE":
        yield _plain(OS_LOGIN, machine.project)
    if NO_SERIAL_PORT in policies and metadata.get("serial-port-enable", "").upper() in ("TRUE", "1"):
        yield _plain(NO_SERIAL_PORT, machine.project)


def check_metadata(cloud: Cloud, machine: Machine) -> None:
    """ApiError for metadata that undo what a policy wants."""
    _refuse(list(_metadata(_of(cloud, machine.project), machine)))


def check_image(cloud: Cloud, project: str, image: str, owner: str) -> None:
    """ApiError for a disk made from an image of a project that is not trusted."""
    _refuse(list(_images(_of(cloud, project), project, {image: owner})))


def check_serial_port(cloud: Cloud, project: str) -> None:
    if NO_SERIAL_PORT in _of(cloud, project):
        _refuse([_plain(NO_SERIAL_PORT, project)])


def check_guest_attributes(cloud: Cloud, project: str) -> None:
    if NO_GUEST_ATTRIBUTES in _of(cloud, project):
        _refuse([_plain(NO_GUEST_ATTRIBUTES, project)])


def _plain(constraint: str, project: str) -> str:
    return f"Constraint constraints/{constraint} violated for project {project_number(project)}."


def check_zone(cloud: Cloud, project: str, zone: str, path: str) -> None:
    """ApiError where nothing may be made in that zone."""
    _refuse(list(_location(_of(cloud, project), f"ZONE:{zone}", (zone, region_of(zone)), path)))


def check_region(cloud: Cloud, project: str, region: str, path: str) -> None:
    _refuse(list(_location(_of(cloud, project), f"REGION:{region}", (region,), path)))


def check_storage(cloud: Cloud, project: str, location: str, path: str) -> None:
    """ApiError where an image or snapshot may not be kept in that region or multi-region (`us`, `eu`, `asia`)."""
    _refuse(list(_location(_of(cloud, project), location, (location,), path)))


def _location(policies: Policies, shown: str, names: tuple[str, ...], path: str) -> Iterator[str]:
    named = allowed(policies, LOCATIONS)
    if named is not None and not set(names) & set(named):
        yield f"Location {shown} violates constraint constraints/{LOCATIONS} on the resource {path}."
