"""What is run: devices, weights, encoders, vision towers, sentences as word pieces."""
