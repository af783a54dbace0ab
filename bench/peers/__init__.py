"""Compare Calotype with other image servers: the same derivatives, in one run."""
