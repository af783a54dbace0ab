"""The edge: CloudFront's functions, their data, and CloudFront on a laptop."""
