"""Computers that cannot have machine guests are told what is missing, and what to type."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cloudgpu.errors import CloudgpuError, UsageError
from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.files import Running
from cloudgpu.rehearsal.guests.machines import needs, recipe, running


def test_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UsageError, match="need Linux"):
        needs.check()


def test_an_ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UsageError, match="need root"):
        needs.check()


def test_a_missing_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setitem(needs.PROGRAMS, "no-such-program", "no-such-package")
    with pytest.raises(UsageError, match="no-such-program") as refused:
        needs.check()
    assert refused.value.remedy.startswith("apt-get install --no-install-recommends")
    assert "no-such-package" in refused.value.remedy


def test_the_list_for_a_host_can_be_asked_for() -> None:
    command = [sys.executable, "-m", "cloudgpu.rehearsal.guests.machines", "--needs"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {"mmdebstrap", "systemd-container", "dnsmasq-base", "docker-registry"} <= set(told)


def test_a_host_without_debian_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "tool", lambda *_: "Ubuntu|http://archive.example|noble|main\n")
    with pytest.raises(UsageError, match="Debian packages"):
        recipe.archives()


def test_sources_are_the_hosts_own(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "Debian|http://a.example/|bookworm|main\nOther|http://b.example/|bookworm|main\n"
    monkeypatch.setattr(recipe, "tool", lambda *_: told)
    assert recipe.archives() == ["deb http://a.example/ bookworm main"]


def test_a_tool_that_fails_is_quoted() -> None:
    with pytest.raises(CloudgpuError, match="status 3") as failed:
        running.tool("sh", "-c", "echo its own words >&2; exit 3")
    assert failed.value.details == "its own words"


def test_clouds_on_a_network_of_their_own_are_not_reached_from_outside() -> None:
    found = Running(1, "http://127.0.0.1:1", "http://127.0.0.1:2", "", "1", namespace="cloudgpu-00000000")
    with pytest.raises(UsageError, match="internet of their own") as refused:
        client.check_inside(found)
    assert "nsenter --net=/run/netns/cloudgpu-00000000" in refused.value.remedy


def test_guests_of_a_kind_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no 'plastic' guests"):
        client.start(tmp_path, guests="plastic")


def test_a_rehearsal_with_other_guests_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = Running(1, "http://127.0.0.1:1", "http://127.0.0.1:2", "", "1")
    monkeypatch.setattr(client, "running", lambda _: found)
    assert client.start(tmp_path) is found
    with pytest.raises(UsageError, match="runs already"):
        client.start(tmp_path, guests="machine")
