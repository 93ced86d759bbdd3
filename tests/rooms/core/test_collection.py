"""The garbage collector is paused while a policy is read, and goes on after it."""

import gc

import pytest

from goodstanding.core.collection import paused_collection
from goodstanding.policies.engine import PolicyRefused, read_policy


def test_the_collector_is_paused_and_goes_on() -> None:
    with paused_collection():
        assert not gc.isenabled()
        with paused_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()

    assert gc.isenabled()


def test_it_goes_on_after_a_refusal() -> None:
    with pytest.raises(PolicyRefused):
        read_policy("policy: none\nversion: [")

    assert gc.isenabled()


def test_whoever_switched_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with paused_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
