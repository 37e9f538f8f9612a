"""The interface document as pages: one to read, one to try calls on. Both know the API's description only."""
