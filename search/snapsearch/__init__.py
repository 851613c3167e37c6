"""Neural architecture search over SNAP programs: a placeholder, nothing is here yet."""

__version__ = "0.0.1"
