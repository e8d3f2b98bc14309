"""What runs inside the image: takes one request, answers with events, ends with an outcome."""
