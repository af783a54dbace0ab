"""The playground at `/_/` of a local server: try every parameter on a picture, copy its tag."""
