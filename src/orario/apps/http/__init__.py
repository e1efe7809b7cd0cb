"""HTTP jobs: the task `http.request`."""

from orario import App
from orario.apps.http.sessions import sessions
from orario.apps.http.settings import HttpSettings
from orario.apps.http.tasks import request

app = App("http", display_name="HTTP", settings=HttpSettings)
app.task(name="http.request", display_name="HTTP request")(request)
app.on_startup(lambda: sessions.configure(app.config))
app.on_shutdown(sessions.close)
