"""The contract suite, run for each provider."""

import pytest

pytest.register_assert_rewrite("cloudgpu.testing.contract")
