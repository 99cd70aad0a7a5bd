"""What a kernel must do, held against kernels of every Python there is."""

FULL = "CONFORMANCE_OF_EVERY_PYTHON"
"""The variable that adds the rows which the test command leaves out."""
