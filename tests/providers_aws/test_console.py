"""Host keys as consoles really show them."""

from __future__ import annotations

import base64

import pytest

from cloudgpu.providers.aws.console import host_keys

ED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINXFkDqhF3Vuqm0836KyC+vNgWji/uTE3LSH1ciGd/hM"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKCugJCFZbkRel3Yahy+CrfccNr80Gl0/kbovMyLNZzI"
_PARTS = (b"ecdsa-sha2-nistp256", b"nistp256", b"\4" + bytes(64))
_BLOB = b"".join(len(part).to_bytes(4, "big") + part for part in _PARTS)
EC = f"ecdsa-sha2-nistp256 {base64.b64encode(_BLOB).decode()}"
BEGIN, END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"
PRINTS = "<14>Nov 20 10:00:00 cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----\n256 SHA256:CbZ root@ip (ED25519)\n"
NOISE = "[   12.345678] docker0: port 1(veth) entered blocking state"


def lines(*parts: str, end: str = "\n") -> str:
    return end.join(parts) + end


@pytest.mark.parametrize(
    ("console", "keys"),
    [
        ("", ()),
        ("[    0.000000] Linux version 6.8.0-aws\n", ()),
        (lines(BEGIN, f"{ED} root@ip-172-31-0-5", END), (ED,)),
        (PRINTS + lines(BEGIN, f"{EC} root@ip", f"{ED} root@ip", END), (EC, ED)),
        (lines(BEGIN, f"{ED} root@ip", END, end="\r\n"), (ED,)),
        (lines(f"<14>Nov 20 ec2: {BEGIN}", f"<14>Nov 20 ec2: {ED} root@ip", f"<14>Nov 20 ec2: {END}"), (ED,)),
        (lines(BEGIN, NOISE, f"{ED} root@ip", NOISE, END), (ED,)),
        (lines(BEGIN, f"{ED[:50]}{NOISE}", ED[50:], f"{EC} root@ip", END), (EC,)),
        (lines(BEGIN, ED[:60], f"{EC} root@ip", END), (EC,)),
        (lines(BEGIN, f"{ED[:-4]}AAAA/hM root@ip", END), ()),
        (lines(BEGIN, ED.replace("ssh-ed25519", "ssh-rsa"), END), ()),
        (lines(BEGIN, f"{ED} root@ip"), ()),
        (lines(BEGIN, OTHER, END, NOISE, BEGIN, ED, END), (ED,)),
        (lines(BEGIN, ED, ED, END), (ED,)),
    ],
    ids=[
        "empty",
        "before the keys",
        "one key",
        "after fingerprints",
        "CRLF",
        "syslog prefix",
        "kernel lines between",
        "kernel words inside a key",
        "cut off",
        "too long",
        "another kind's name",
        "block not complete",
        "booted twice",
        "twice the same",
    ],
)
def test_host_keys_are_read_from_the_console(console: str, keys: tuple[str, ...]) -> None:
    assert host_keys(console) == keys
