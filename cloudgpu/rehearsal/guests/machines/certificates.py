"""An authority that only the rehearsal's machines trust, and one certificate for every name on their internet."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cloudgpu.rehearsal.guests.machines import cache
from cloudgpu.rehearsal.guests.machines.names import PLACES, REGISTRIES

_DAYS = 3650


def folder() -> Path:
    """authority.crt, server.crt (the whole chain) and server.key."""
    return cache.built("certificates", cache.key([*REGISTRIES, *PLACES]), _make)


def _make(place: Path) -> None:
    ours, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name("cloudgpu rehearsal authority")
    authority = (
        _certificate(issuer, issuer, ours)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ours.public_key()), critical=False)
        .sign(ours, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName(one) for one in (*REGISTRIES, *PLACES)])
    server = (
        _certificate(_name("cloudgpu rehearsal"), issuer, theirs)
        .add_extension(names, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ours.public_key()), critical=False)
        .sign(ours, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (place / "authority.crt").write_bytes(authority.public_bytes(pem))
    (place / "server.crt").write_bytes(server.public_bytes(pem) + authority.public_bytes(pem))
    key = theirs.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (place / "server.key").touch(mode=0o600)
    (place / "server.key").write_bytes(key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:  # fmt: skip
    signer = key.public_key()
    began = datetime.now(timezone.utc) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(signer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=_DAYS))
    )
