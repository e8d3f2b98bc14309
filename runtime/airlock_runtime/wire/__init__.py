"""What goes over the wire: frames, values, callables."""
