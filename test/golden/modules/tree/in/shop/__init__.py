'''A shop.'''
from __future__ import annotations

from . import tea

__all__ = ['tea']
