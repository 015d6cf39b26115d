"""Segmentation training in plain Python: data, augmentation, network, loss, loop, checkpoints, inference."""
