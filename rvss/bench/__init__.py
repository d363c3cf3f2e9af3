"""How long the main pages take, as a multiple of a floor measured in the same run on the same machine."""
