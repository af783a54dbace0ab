"""CloudFront on a laptop: real functions, cache, shared requests, failover and invalidation."""
