"""Why local mode cannot go on, as a sentence that tells a person what to do."""


class CannotRunHere(Exception):
    """The message is printed as it is, without a traceback."""
