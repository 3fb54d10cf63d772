"""The Cloud Quotas API: limits that Compute Engine does not tell of, and requests for higher ones. No usage."""

from __future__ import annotations

from collections.abc import Mapping

from cloudgpu.errors import NotFoundError, OutcomeUnknown, ProviderError
from cloudgpu.providers.gcp.rest import Json, Rest
from cloudgpu.providers.gcp.session import Session

UNLIMITED = float(2**63 - 1)  # as Compute Engine tells it
_SERVICE = "compute.googleapis.com"
_PARENT = "v1/projects/{project}/locations/global"
_TAKEN = frozenset(("409", "ALREADY_EXISTS", "alreadyExists"))
_WHY = "An interactive notebook on a GPU, for some hours at a time."


class CloudQuotas:
    """Each limit is asked for once for the life of this object, or until `forget`."""

    def __init__(self, session: Session) -> None:
        self._rest = Rest(session, "cloudquotas")
        self._known: dict[str, Json | None] = {}

    def limit(self, quota_id: str, dimensions: Mapping[str, str]) -> float | None:
        """None where the API does not tell, is switched off, forbidden or out of reach: it is only asked for advice."""
        if quota_id not in self._known:
            try:
                self._known[quota_id] = self.info(quota_id)
            except (ProviderError, NotFoundError):
                self._known[quota_id] = None
        found = self._known[quota_id]
        return None if found is None else limit_in(found, dimensions)

    def forget(self) -> None:
        self._known.clear()

    def info(self, quota_id: str) -> Json:
        """All that the API has of one quota."""
        return self._rest.read(f"{_PARENT}/services/{_SERVICE}/quotaInfos/{quota_id}")

    def ask(self, id: str, quota_id: str, dimensions: Mapping[str, str], wanted: int, contact: str) -> Json:
        """File a preference under this id, or change the one that there is, whoever filed it: there can be one for
        each quota and its dimensions."""
        body: Json = {
            "service": _SERVICE,
            "quotaId": quota_id,
            "dimensions": dict(dimensions),
            "quotaConfig": {"preferredValue": str(wanted)},
            "justification": _WHY,
            "contactEmail": contact,
        }
        try:
            return self._rest.write("POST", f"{_PARENT}/quotaPreferences", body, quotaPreferenceId=id)
        except ProviderError as error:
            if error.code not in _TAKEN and not isinstance(error, OutcomeUnknown):
                raise
        id = self._filed(quota_id, dimensions) or id
        return self._rest.write("PATCH", f"{_PARENT}/quotaPreferences/{id}", body, allowMissing="true")

    def preference(self, name: str) -> Json:
        """The preference of this name as it is now."""
        return self._rest.read(f"{_PARENT}/quotaPreferences/{name.rpartition('/')[2]}")

    def _filed(self, quota_id: str, dimensions: Mapping[str, str]) -> str | None:
        token = ""
        while True:
            page = self._rest.read(f"{_PARENT}/quotaPreferences", **({"pageToken": token} if token else {}))
            for one in page.get("quotaPreferences", ()):
                if (one.get("quotaId"), one.get("dimensions", {})) == (quota_id, dict(dimensions)):
                    return str(one["name"]).rpartition("/")[2]
            token = page.get("nextPageToken", "")
            if not token:
                return None


def limit_in(info: Json, dimensions: Mapping[str, str]) -> float | None:
    """The limit for these dimensions: that of the first row that fits, as the more specific ones come first. A row
    without a value is 0."""
    place = dimensions.get("region", "global")
    for row in info.get("dimensionsInfos", ()):
        fits = all(dimensions.get(name) == value for name, value in row.get("dimensions", {}).items())
        if fits and place in row.get("applicableLocations", (place,)):
            value = float(row.get("details", {}).get("value", 0))
            return UNLIMITED if value < 0 else value
    return None
