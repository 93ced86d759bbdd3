"""What API keys add to commands."""

from goodstanding.web.search import register_command

register_command(words="Make an API key", url_name="new_api_key")
