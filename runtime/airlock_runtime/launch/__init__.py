"""What the outer task does in production: makes the request, has it carried, answers questions, hands results on."""
