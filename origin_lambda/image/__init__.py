"""Makes derivatives: reads an original's header, plans the work, renders."""
