"""Text on pictures: its direction, its lines and their places. It knows no font library."""
