"""The few lines that run inside people's environments. Nothing of the package is imported there."""
