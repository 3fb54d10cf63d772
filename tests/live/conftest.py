from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.live.customer import Customer
from tests.live.road import Road
from tests.live.settings import Settings


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="Buy a machine. Given by `make test-live` alone.")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without the option there are no tests here, whatever is set in the environment."""
    return None if config.getoption("live", False) else True


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings.of(os.environ, datetime.now(timezone.utc))


@pytest.fixture(scope="session")
def road(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """One launch for all steps, removed at the end."""
    name = f"live-{secrets.token_hex(4)}"
    road = Road(settings, Customer(settings, tmp_path_factory.mktemp("customer"), name))
    try:
        yield road
    finally:
        road.clean_up()
        print(f"\nWhat was asked and answered, to be read and sent back: {settings.exchanges}")
