"""Neural networks: devices, weights, encoders, vision towers, sentences as word pieces."""
