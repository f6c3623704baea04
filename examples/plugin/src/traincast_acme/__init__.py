"""What traincast does not know of Acme's trainer, card and model."""
