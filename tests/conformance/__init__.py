"""Kernels as Jupyter's own programs and tests see them: an environment's own, borrowed ones, and `project-env`."""
