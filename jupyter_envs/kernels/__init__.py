"""Environments as Jupyter kernels."""
