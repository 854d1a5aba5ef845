"""mmner: multimodal named-entity recognition, from posts to a scored model."""
