"""Whether this process can do its work."""

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse


def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 with the database's version when it answers, 503 while it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select current_setting('server_version')")
            version = str(cursor.fetchall()[0][0])
    except (InterfaceError, OperationalError):
        return JsonResponse({"status": "database away"}, status=503)
    return JsonResponse({"status": "ok", "database": version})
