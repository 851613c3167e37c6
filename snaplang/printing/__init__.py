"""What the printer is made of: the order of symbols, the spelling of ops, the line of inputs."""
