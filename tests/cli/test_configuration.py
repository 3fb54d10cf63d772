"""cloudgpu.toml and CLOUDGPU_* variables: flag, environment, file, default, in this order."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudgpu.cli.configuration import defaults
from cloudgpu.errors import UsageError
from tests.cli.conftest import Cli


def test_it_is_found_upwards_and_options_have_their_own_names(tmp_path: Path) -> None:
    (tmp_path / "cloudgpu.toml").write_text('[launch]\nprovider = "gcp"\nmax-price = "1.5"\nregion = ["us-west1"]\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert defaults(below) == {"provider": "gcp", "max_price": "1.5", "regions": ["us-west1"]}


def test_without_a_file(tmp_path: Path) -> None:
    assert defaults(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "words"), [("[launch]\nprovdier = 'gcp'\n", "Did you mean provider"), ("[launch\n", "not valid TOML")]
)
def test_a_file_with_a_mistake(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "cloudgpu.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        defaults(tmp_path)
    assert words in f"{caught.value.brief} {caught.value.remedy}"


@pytest.mark.parametrize(
    ("args", "env", "complaint"),
    [
        ([], {}, "'filegpu'"),
        ([], {"CLOUDGPU_GPU": "envgpu"}, "'envgpu'"),
        (["--gpu", "flaggpu"], {"CLOUDGPU_GPU": "envgpu"}, "'flaggpu'"),
    ],
)
def test_precedence(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], env: dict[str, str], complaint: str
) -> None:
    (tmp_path / "cloudgpu.toml").write_text('[launch]\nprovider = "gcp"\ngpu = "filegpu"\n')
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    done = cli("launch", "x", *args)
    assert done.status == 2
    assert complaint in done.stderr
