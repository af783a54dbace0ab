"""The docs as a site: settings of the generator, and a check of the result."""
