"""What needs a network, a key or a cluster: each an extra of its own, found by name."""
