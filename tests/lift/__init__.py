"""Tests of what comes from elsewhere."""
