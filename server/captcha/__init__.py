"""The picture captcha: what it says, how it is drawn, and where it is kept."""
