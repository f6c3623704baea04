"""Can these numbers be true: claims of a text or a log against physics, against each other, against the prediction."""

from traincast.audit.document import Text, audit

__all__ = ["Text", "audit"]
