"""What this machine really reaches: figures measured until they are sure, kept as a machine profile."""
