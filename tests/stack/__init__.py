"""Tests of the running stack: real containers, a real Chromium, a real kernel."""
