"""Tests that drive the built page in a real Chromium, started once for all of them."""
