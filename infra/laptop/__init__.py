"""A whole deployment on a laptop: AWS by moto, the edge functions, the deployed handlers."""
