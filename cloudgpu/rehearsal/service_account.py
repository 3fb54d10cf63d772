"""A service account's key file, as Google hands it out, for the embedded Compute Engine."""

from __future__ import annotations

import json
import uuid

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cloudgpu.rehearsal.credentials import PROJECT, SERVICE_ACCOUNT


def key_file(gce_endpoint: str) -> str:
    """Its text, with a key made for it; tokens come from the endpoint itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    content = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": uuid.uuid4().hex,
        "private_key": pem,
        "client_email": SERVICE_ACCOUNT,
        "client_id": "100000000000000000000",
        "token_uri": f"{gce_endpoint}/token",
        "universe_domain": "googleapis.com",
    }
    return json.dumps(content, indent=2)
