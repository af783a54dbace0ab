"""Commands around a deployment: check, deploy, try, and document its permissions."""
