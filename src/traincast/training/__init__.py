"""The reference GPT trainer: the example workload, and what this machine does with it."""
