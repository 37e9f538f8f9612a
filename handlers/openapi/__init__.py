"""The interface document: OpenAPI and AsyncAPI, made of the routes, the verbs' contracts, models and docstrings."""
