"""From presets, options and trainers' files to one workload."""
