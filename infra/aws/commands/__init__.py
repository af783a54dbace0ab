"""Commands around a deployment: check, deploy, smoke test, document permissions."""
