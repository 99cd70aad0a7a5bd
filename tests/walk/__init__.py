"""The child that walks, and what it remembers."""
