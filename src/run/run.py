"""Runs a script with instrumented code: `run.py SCRIPT ARG...`."""
import _fi_run

_fi_run.run_script()
