"""Files that traincast reads: the dialects of Acme."""
