"""What does a model say?  Model artefacts and the runtimes that read them. Pure."""
