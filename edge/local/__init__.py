"""CloudFront on a laptop: runs the real functions, caches, collapses, fails over, invalidates."""
