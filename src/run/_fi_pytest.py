"""A plugin of pytest: what a test reaches counts for the test."""
import pytest
from _fi_run import CountedFor


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    with CountedFor(item.nodeid):
        yield
