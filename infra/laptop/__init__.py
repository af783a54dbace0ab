"""The whole deployment on a laptop: AWS by moto, the real edge functions, the deployed handlers."""
