"""Rewriting notebooks that name a kernel which only one machine has, or none, to the portable one."""
