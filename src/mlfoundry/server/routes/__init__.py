"""HTTP in, HTTP out: no arithmetic, no SQL."""
