"""The client: logs rows without ever waiting, talks to the registry, reads results."""
