"""What a deployment costs, what others would cost for the same traffic, and what it can carry."""
