"""Scripts that are sent into an image and run by its `python3 -c`; each stands alone."""
