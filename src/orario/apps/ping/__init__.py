"""Watched jobs: work that is done elsewhere and tells by pings."""

from orario import App
from orario.apps.ping.pace import pace
from orario.apps.ping.router import router
from orario.apps.ping.settings import PingSettings
from orario.apps.ping.tasks import watched

app = App("ping", display_name="Watched jobs", settings=PingSettings, router=router, prefix="/ping")
app.task(
    name="ping.watched",
    display_name="Watched job",
    elsewhere=True,
    queue="elsewhere",
    timeout="1h",
    start_within="5m",
    misfire="none",
    misfire_grace="5m",
)(watched)
app.on_startup(lambda: pace.configure(app.config))
