"""Answers of the API, composed of what the parts below return."""
