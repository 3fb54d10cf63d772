"""What a machine is told, read back as cloud-init reads it."""

from __future__ import annotations

import email
import gzip
import json
import random
from dataclasses import replace
from datetime import datetime, timezone
from email.message import Message

from cloudgpu.providers.aws.ordering import token_of
from cloudgpu.providers.aws.userdata import user_data
from cloudgpu.rules.startup import render
from cloudgpu.testing import samples

SPEC = samples.spec(samples.offer("us-east-1b"), launch_id="0123456789ab")


def parts(raw: bytes) -> dict[str, str]:
    if raw.startswith(b"\x1f\x8b"):
        raw = gzip.decompress(raw)
    found = {}
    for part in email.message_from_bytes(raw).walk():
        if not part.is_multipart():
            content = Message.get_payload(part, decode=True)
            assert isinstance(content, bytes)
            found[part.get_content_type()] = content.decode()
    return found


def config(raw: bytes) -> dict[str, object]:
    text = parts(raw)["text/cloud-config"]
    assert text.startswith("#cloud-config\n")
    found = json.loads(text.partition("\n")[2])
    assert isinstance(found, dict)
    return found


def test_the_user_is_made_with_the_key_beside_the_images_own_user() -> None:
    users = config(user_data(SPEC))["users"]
    assert isinstance(users, list) and users[0] == "default" and len(users) == 2
    wanted = {"name": "cloudgpu", "groups": "docker", "ssh_authorized_keys": [samples.PUBLIC_KEY]}
    assert users[1].items() >= wanted.items()


def test_the_images_own_user_gets_the_key_and_is_not_made_anew() -> None:
    found = config(user_data(replace(SPEC, user="ubuntu")))
    assert found["ssh_authorized_keys"] == [samples.PUBLIC_KEY]
    assert "users" not in found


def test_the_startup_script_arrives_as_it_is_for_every_boot() -> None:
    """At the first one only, a machine that was stopped and comes back would outlive its time."""
    script = "#!/bin/bash\nFrom=here\nFrom there on\nprintf 'Grüße\\n' \"$HOME\"\n"
    assert parts(user_data(replace(SPEC, startup_script=script)))["text/x-shellscript-per-boot"] == script
    assert "text/x-shellscript-per-boot" not in parts(user_data(replace(SPEC, startup_script="")))


def test_a_long_script_is_compressed_below_the_limit() -> None:
    script = "#!/bin/bash\n" + "".join(f"echo {random.Random(n).random()}\n" for n in range(1000))
    raw = user_data(replace(SPEC, startup_script=script))
    assert raw.startswith(b"\x1f\x8b") and len(raw) <= 16_384
    assert parts(raw)["text/x-shellscript-per-boot"] == script


def test_the_startup_script_leaves_a_quarter_of_the_room() -> None:
    image = f"{'registry.example.com/' * 8}image@sha256:{'0' * 64}"
    script = render(expires_at=datetime(2026, 11, 20, tzinfo=timezone.utc), user="cloudgpu", image=image)
    assert len(user_data(replace(SPEC, startup_script=script))) < 12_288, "EC2 takes 16 KB"


def test_the_same_launch_says_the_same_twice_under_the_same_token() -> None:
    assert user_data(SPEC) == user_data(replace(SPEC))
    tokens = {
        token_of(SPEC),
        token_of(replace(SPEC)),
        token_of(replace(SPEC, launch_id="another")),
        token_of(replace(SPEC, offer=replace(SPEC.offer, zone="us-east-1c"))),
        token_of(replace(SPEC, offer=replace(SPEC.offer, instance_type="g5.xlarge"))),
        token_of(replace(SPEC, offer=replace(SPEC.offer, spot=True))),
        token_of(replace(SPEC, attempt=1)),
    }
    assert len(tokens) == 6
    assert all(token.isascii() and len(token) <= 64 for token in tokens)
