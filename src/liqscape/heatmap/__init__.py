"""The price grid, bands, frames, clusters and asymmetry. Pure."""
