"""The managers, each on real folders."""
