"""History on disk: frames and accounts through time, and export."""
