"""A real JupyterLab in a real browser, with environments that real tools made."""
