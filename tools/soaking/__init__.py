"""Seven simulated days of a whole live map as fast as they go (tools/soak.py)."""
