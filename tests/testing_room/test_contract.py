"""The contract suite turns red for a provider that breaks a promise."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

BROKEN = """
import pytest
from cloudgpu.testing.contract import ProviderContract
from cloudgpu.testing.memory import MemoryCloud

class Broken(MemoryCloud):
    {method}

class TestBroken(ProviderContract):
    seconds = 0.1

    @pytest.fixture
    def provider(self):
        self.cloud = Broken(pending_finds=0)
        return self.cloud

    def refuse(self, zone):
        self.cloud.sell_out(zone)

    def lose_answer(self):
        self.cloud.lose_answers()
"""


@pytest.mark.parametrize(
    ("method", "caught_by"),
    [
        ("verify = lambda self: ''", "test_verify_names_who_pays"),
        ("offers = lambda self, request: self._shelf[::-1]", "test_offers_are_what_was_asked_for_cheapest_first"),
        ("quotas = lambda self, offer: []", "test_quotas_say_what_is_needed"),
        ("destroy = lambda self, ref: None", "test_destroy_leaves_nothing_and_may_be_said_twice"),
        ("find = lambda self, ref: None", "test_it_runs_after_a_while_and_keeps_its_labels"),
        ("_published_keys = lambda self, ref: ('ssh-ed25519 AAAA',)", "test_host_keys"),
        ("leftovers = lambda self, launch_id: [str(bill) for bill in self.bills]", "test_what_a_launch_costs"),
    ],
)
def test_a_broken_promise_is_found(pytester: pytest.Pytester, method: str, caught_by: str) -> None:
    pytester.makepyfile(BROKEN.format(method=method))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-k", caught_by)
    result.assert_outcomes(failed=1, deselected=result.parseoutcomes()["deselected"])
