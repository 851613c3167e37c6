"""Tests of sameness: laws, canonical form, fingerprint."""
