"""What was predicted and what came true."""
