"""A plugin of pytest: what a test reaches counts for the test."""
import sys

import pytest


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    metrics = sys.modules.get("_fi_metrics")
    before = metrics and metrics.identity()
    if metrics:
        metrics.switch(item.nodeid)
    yield
    metrics = sys.modules.get("_fi_metrics")
    if metrics:
        metrics.switch(before or "")
