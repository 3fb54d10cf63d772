"""Which keys of the metadata's `ssh-keys` let somebody in."""

from __future__ import annotations

import pytest

from cloudgpu.rehearsal.gce.guest import ssh_keys

KEY = "ssh-ed25519 AAAAC3Nza"


@pytest.mark.parametrize(
    ("lines", "user", "keys"),
    [
        (f"me:{KEY}", "me", (KEY,)),
        (f"me:{KEY} a comment\nyou:{KEY}\nme:{KEY}", "me", (f"{KEY} a comment", KEY)),
        (f"nonsense\n{KEY}\nm e:{KEY}\nme:\n  me:{KEY}  ", "me", (KEY,)),
        (f'me:{KEY} google-ssh {{"userName":"me@x","expireOn":"2020-01-01T00:00:00+0000"}}', "", ()),
        (f"me:{KEY} google-ssh me@x", "", ()),
        (
            f'me:{KEY} google-ssh {{"userName":"me@x","expireOn":"2099-01-01T00:00:00+0000"}}',
            "me",
            (f'{KEY} google-ssh {{"userName":"me@x","expireOn":"2099-01-01T00:00:00+0000"}}',),
        ),
        ("", "", ()),
    ],
)
def test_ssh_keys(lines: str, user: str, keys: tuple[str, ...]) -> None:
    assert ssh_keys({"ssh-keys": lines}) == (user, keys)


def test_os_login_has_the_agent_ignore_them() -> None:
    assert ssh_keys({"ssh-keys": f"me:{KEY}", "enable-oslogin": "TRUE"}) == ("", ())
