"""Benchmarks: each bound beside its control, in one run. A module offers `measure(folder, environments, folders)`."""
