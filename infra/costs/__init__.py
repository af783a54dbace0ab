"""What a deployment costs, what others cost for the same traffic, and which quota breaks first."""
