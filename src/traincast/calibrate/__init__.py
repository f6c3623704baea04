"""How fast software really is: physical constants, offsets of software and devices, and how sure they are."""
