"""User data as cloud-init reads it."""

from __future__ import annotations

import base64
import gzip
import subprocess
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest

from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.userdata import FirstBoot, decode, first_boot

KEY, OTHER = "ssh-ed25519 AAAAkey me", "ssh-rsa AAAAother you"
CONFIG = f"#cloud-config\nssh_authorized_keys:\n  - {KEY}\n"


def multipart(*parts: tuple[str, str]) -> bytes:
    whole = MIMEMultipart()
    for kind, text in parts:
        whole.attach(MIMEText(text, kind))
    return whole.as_bytes()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", FirstBoot()),
        (CONFIG.encode(), FirstBoot(keys=(KEY,))),
        (gzip.compress(CONFIG.encode(), mtime=0), FirstBoot(keys=(KEY,))),
        (b"#!/bin/sh\ntrue\n", FirstBoot(script="#!/bin/sh\ntrue\n")),
        (
            multipart(("cloud-config", CONFIG), ("x-shellscript", "#!/bin/bash\necho hi\n")),
            FirstBoot(keys=(KEY,), script="#!/bin/bash\necho hi\n"),
        ),
        (gzip.compress(multipart(("cloud-config", CONFIG)), mtime=0), FirstBoot(keys=(KEY,))),
        (
            f"#cloud-config\nusers:\n- default\n- name: me\n  ssh_authorized_keys: [{KEY}]\n".encode(),
            FirstBoot("me", (KEY,)),
        ),
        (f"{CONFIG}users:\n- default\n- name: me\n".encode(), FirstBoot(keys=(KEY,))),
        (f"{CONFIG}user: me\n".encode(), FirstBoot("me", (KEY,))),
        (f"{CONFIG}user: {{name: me}}\n".encode(), FirstBoot("me", (KEY,))),
        (
            f"{CONFIG}users:\n- name: ubuntu\n  ssh_authorized_keys: '{OTHER}'\n".encode(),
            FirstBoot(keys=(KEY, OTHER)),
        ),
        (b"#cloud-config\nruncmd: [[echo, a b], 'echo c']\n", FirstBoot(script="#!/bin/sh\necho 'a b'\necho c")),
        (b"just words", FirstBoot()),
        (b"#cloud-config\n{broken: [", FirstBoot()),
        (b"#cloud-config\n- a list\n", FirstBoot()),
        (b"#cloud-config\nusers: me\nwrite_files: x\nssh_authorized_keys: 7\n", FirstBoot()),
        (b"\x1f\x8bnot gzip", FirstBoot()),
    ],
    ids=lambda value: "raw" if isinstance(value, bytes) else "expected",
)
def test_who_may_log_in_and_what_runs(raw: bytes, expected: FirstBoot) -> None:
    assert first_boot(raw) == expected


def test_the_key_pair_goes_to_the_default_user() -> None:
    assert first_boot(CONFIG.encode(), OTHER).keys == (OTHER, KEY)


def test_files_scripts_and_commands_run_in_cloud_init_s_order(tmp_path: Path) -> None:
    packed = base64.b64encode(gzip.compress(b"packed\n")).decode()
    config = f"""#cloud-config
bootcmd: ["echo boot >> {tmp_path}/log"]
write_files:
- {{path: {tmp_path}/a/plain, content: "plain\\n", permissions: '0600'}}
- {{path: {tmp_path}/a/packed, content: {packed}, encoding: gz+b64}}
- {{path: {tmp_path}/a/wrong, content: "%%", encoding: gz+b64}}
runcmd:
- [sh, -c, "cat {tmp_path}/a/plain {tmp_path}/a/packed >> {tmp_path}/log"]
"""
    script = f"#!/bin/bash\n[[ 1 = 1 ]] && echo script >> {tmp_path}/log\n"
    made = first_boot(multipart(("cloud-config", config), ("x-shellscript", script))).script
    subprocess.run(["sh", "-c", made], check=True)
    assert (tmp_path / "log").read_text() == "boot\nplain\npacked\nscript\n"
    assert (tmp_path / "a/plain").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["!!!", base64.b64encode(bytes(16385)).decode()])
def test_what_is_no_base64_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        decode(text)
    assert refused.value.code == "InvalidUserData.Malformed"
