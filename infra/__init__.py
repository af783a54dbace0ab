"""What surrounds the functions: the local run and the command line."""
