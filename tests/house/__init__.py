"""The house rules, packaging, docs and examples."""
