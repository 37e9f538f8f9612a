"""The shapes of answers, for the interface document and for the tests that hold every answer against it."""
