"""What can be done to pixels: one stage a file, which plans its work and carries it out."""
