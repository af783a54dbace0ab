"""What fills the box beside the picture."""
