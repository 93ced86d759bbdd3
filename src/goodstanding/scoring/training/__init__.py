"""How does a model come to be?  From a recipe and a table to an artefact and its card. Pure."""
