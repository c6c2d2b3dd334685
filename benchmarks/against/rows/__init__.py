"""What is measured: a file here has `prepare()`, which gives the jobs by name (docs/performance.md)."""
