"""What the answer key adds to the commands."""

from goodstanding.web.search import register_command

register_command(words="Open the answer key", url_name="answer_key")
