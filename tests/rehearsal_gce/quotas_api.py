"""Raw HTTP to the embedded Cloud Quotas API; every answer that is no error is held against Google's messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from cloudgpu.rehearsal.gce.cloudquotas.discovery import match
from cloudgpu.rehearsal.gce.cloudquotas.strict import conforms
from tests.rehearsal_gce.asking import Json, eventually

T4, H100 = "NVIDIA-T4-GPUS-per-project-region", "GPUS-PER-GPU-FAMILY-per-project-region"
HERE = {"region": "us-central1"}
EMAIL = "ann@example.com"


@dataclass
class QuotasApi:
    """One project. `ask` gives (status, body), and holds what is no error against the messages of Google's client."""

    endpoint: str
    project: str

    def ask(
        self, verb: str, path: str, body: object = None, token: str = "some-token", **query: Any
    ) -> tuple[int, Json]:
        whole = f"/v1/projects/{self.project}/locations/global/{path}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = requests.request(verb, self.endpoint + whole, headers=headers, json=body, params=query, timeout=20)
        content = answer.json()
        if answer.status_code == 200:
            found = match(verb, whole)
            assert found is not None
            assert conforms(found[0].response, content) == []
        return answer.status_code, content

    def info(self, quota_id: str) -> Json:
        status, answer = self.ask("GET", f"services/compute.googleapis.com/quotaInfos/{quota_id}")
        assert status == 200, answer
        return answer

    def create(self, body: Json, id: str = "", **query: Any) -> Json:
        status, answer = self.ask(
            "POST", "quotaPreferences", body, **({"quotaPreferenceId": id} if id else {}), **query
        )
        assert status == 200, answer
        return answer

    def settled(self, preference: Json) -> Json:
        def look() -> Json | None:
            found = self.ask("GET", f"quotaPreferences/{preference['name'].rpartition('/')[2]}")[1]
            return None if found.get("reconciling") else found

        found: Json = eventually(look)
        return found

    def refused(self, verb: str, path: str, body: object = None, **query: Any) -> tuple[int, str, str]:
        """(HTTP status, status, message) of an error in the format of the newer APIs."""
        status, answer = self.ask(verb, path, body, **query)
        error = answer["error"]
        assert error["code"] == status
        assert "errors" not in error
        return status, error["status"], error["message"]


def wanted(value: object = 12, quota_id: str = T4, dimensions: Json | None = None, **more: object) -> Json:
    return {
        "service": "compute.googleapis.com",
        "quotaId": quota_id,
        "dimensions": HERE if dimensions is None else dimensions,
        "quotaConfig": {"preferredValue": value},
        "contactEmail": EMAIL,
        **more,
    }
