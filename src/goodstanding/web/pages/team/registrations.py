"""What the team adds to commands."""

from goodstanding.web.search import register_command

register_command(words="Record an absence", url_name="team_absences")
register_command(words="Read the work history", url_name="work_history")
register_command(words="Certify somebody", url_name="team_certifications")
