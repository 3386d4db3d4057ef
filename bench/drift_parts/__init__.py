"""What the drift bench simulates."""
