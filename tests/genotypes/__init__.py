"""Published encodings."""
