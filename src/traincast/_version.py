"""The version, told here alone: the package, the wheel and the documents read it."""

__version__ = "0.1.0"
