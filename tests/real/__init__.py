"""A tree of real environments made by the real tools, and what listing it must say and must never do."""
