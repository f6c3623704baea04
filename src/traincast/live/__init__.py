"""Runs that are still going: commands, growing files and pipes, read as they come."""
