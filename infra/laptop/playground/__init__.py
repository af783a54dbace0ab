"""The playground, at `/_/` of a local server: try every parameter on a picture, and copy its tag."""
