"""The server extension in a real Jupyter server."""
