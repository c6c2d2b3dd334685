"""The live market: records from every source through one core into frames, kept on disk, pushed, and measured."""
