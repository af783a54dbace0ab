"""What each port promises, asked of every adapter that keeps the promise."""
