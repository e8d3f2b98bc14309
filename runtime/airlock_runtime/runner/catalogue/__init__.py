"""The operators of an image and what they accept, read by `ast`: quicker than importing them, and nothing runs."""
