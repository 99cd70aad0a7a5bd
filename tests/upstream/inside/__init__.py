"""What runs within the suites of others. There, `tests` is theirs, so each module here is loaded by its own name."""
