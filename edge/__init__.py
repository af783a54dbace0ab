"""The edge: CloudFront's function, its table, and CloudFront on a laptop."""
