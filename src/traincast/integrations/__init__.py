"""What a training script itself can call: the recorder, without any framework."""
