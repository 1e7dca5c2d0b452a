"""Print the report."""
from .report import render

print(render())
