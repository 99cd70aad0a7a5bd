"""Making borrowed ipykernels (overlays): from the server's own packages, or pinned with hashes from an index."""
