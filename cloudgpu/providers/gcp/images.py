"""Which machine image drives which GPU, as it is there today."""

from __future__ import annotations

from dataclasses import dataclass

from cloudgpu.errors import NotFoundError, ProviderError
from cloudgpu.model import Offer
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.session import Session

# the accelerator images may have the open kernel modules only, which do not drive these
BEFORE_TURING = frozenset({"K80", "P4", "P100", "V100"})
_ARM = ("a4x-",)
_SIGNED = "ubuntu-os-accelerator-images"
_LEARNING = "deeplearning-platform-release"
_ABSENT = frozenset({"notFound", "404"})

Family = tuple[str, str]  # the project and the name of it
_ACCELERATOR: tuple[Family, ...] = (
    (_SIGNED, "ubuntu-accelerator-2404-amd64-with-nvidia-580"),
    (_SIGNED, "ubuntu-accelerator-2204-amd64-with-nvidia-580"),
)
_DEEP_LEARNING: tuple[Family, ...] = (
    (_LEARNING, "common-cu129-ubuntu-2404-nvidia-580"),
    (_LEARNING, "common-cu129-ubuntu-2204-nvidia-580"),
)
_PLAIN: Family = ("ubuntu-os-cloud", "ubuntu-2404-lts-amd64")  # the startup script gives it a driver
_ON_ARM: tuple[Family, ...] = (
    (_SIGNED, "ubuntu-accelerator-2404-arm64-with-nvidia-580"),
    ("ubuntu-os-cloud", "ubuntu-2404-lts-arm64"),
)


@dataclass(frozen=True, slots=True)
class Image:
    """One image. `link`: what an insert names. `signed`: it starts, driver and all, under Secure Boot."""

    link: str
    size_gb: int
    signed: bool
    deep_learning: bool


def families(offer: Offer, *, plain: bool = False) -> tuple[Family, ...]:
    """In the order to look for them: the next one counts where Google has withdrawn one."""
    if plain:
        return _ON_ARM[-1:] if offer.instance_type.startswith(_ARM) else (_PLAIN,)
    if offer.instance_type.startswith(_ARM):
        return _ON_ARM
    if offer.gpu.type in BEFORE_TURING:
        return (*_DEEP_LEARNING, _PLAIN)
    return (*_ACCELERATOR, *_DEEP_LEARNING, _PLAIN)


class Images:
    """Each family is asked for once in the life of this object, so that all attempts of a launch start the same."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[Family, Image | None] = {}

    def of(self, offer: Offer, *, plain: bool = False) -> Image:
        """The newest image of the first family that there is. ProviderError where there is none left."""
        for family in families(offer, plain=plain):
            if family not in self._known:
                self._known[family] = self._newest(family)
            if found := self._known[family]:
                return found
        raise ProviderError(
            f"None of the machine images for {offer.gpu.type} is there any more.",
            remedy="pip install --upgrade cloudgpu",
            code="notFound",
            details=", ".join(
                f"projects/{project}/global/images/family/{name}" for project, name in families(offer, plain=plain)
            ),
        )

    def _newest(self, family: Family) -> Image | None:
        project, name = family
        try:
            found = self._session.read(
                self._session.client(sdk.ImagesClient).get_from_family, project=project, family=name
            )
        except (ProviderError, NotFoundError) as error:
            if error.code not in _ABSENT:
                raise
            return None
        return Image(
            link=f"projects/{project}/global/images/{found.name}",
            size_gb=int(found.disk_size_gb),
            signed=project == _SIGNED,
            deep_learning=project == _LEARNING,
        )
