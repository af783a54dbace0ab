"""The deployment to AWS: an AWS CDK app, one construct a file."""
