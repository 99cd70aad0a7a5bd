"""Tests of jupyter_envs.borrowing."""
