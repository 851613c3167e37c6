"""What README and docs claim of speed and size, as one command: `make bench`."""
