"""What ``bench/dashboard.py`` is made of."""
