"""What the latent search is made of, measured: its auto-encoder, and each ingredient's worth."""
