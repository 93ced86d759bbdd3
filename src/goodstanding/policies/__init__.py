"""What would we decide?  Policy files, versions, tests, static findings, evaluation."""
