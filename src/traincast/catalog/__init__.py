"""What is known of devices and links, one sourced row each, and the lookup of what people write."""
