"""What benchmarks are held against, where no package offers it."""
