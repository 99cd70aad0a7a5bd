"""Kernels: specs, the launcher, the provisioner."""
