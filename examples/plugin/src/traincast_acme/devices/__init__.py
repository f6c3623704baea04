"""Files that traincast reads: the devices of Acme."""
