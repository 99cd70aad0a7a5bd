"""Kernels as Jupyter's own programs and tests see them: an environment's own, borrowed ones, and `project-env`."""

FULL = "CONFORMANCE_OF_EVERY_PYTHON"
"""The variable that adds the rows which the test command leaves out."""
