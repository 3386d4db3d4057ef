"""Names: projects, runs, models and their versions."""
