"""Gauges: values in units, and reports about them."""
from .value import Value

__all__ = ["Value"]
