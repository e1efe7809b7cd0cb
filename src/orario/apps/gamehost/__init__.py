"""Game hosting: servers expire and are deleted at a Pterodactyl panel, and their owners are told by mail."""

from pathlib import Path

from orario import App
from orario.apps.gamehost import jobs, showing, tables, tasks
from orario.apps.gamehost.demo import DEMO
from orario.apps.gamehost.desk import desk
from orario.apps.gamehost.router import router
from orario.apps.gamehost.settings import GamehostSettings

app = App(
    "gamehost",
    display_name="Game hosting",
    settings=GamehostSettings,
    tables=tables.metadata,
    migrations="orario.apps.gamehost.migrations",
    router=router,
    prefix="/v1/jobs",
    demo=DEMO,
    templates=Path(__file__).parent / "templates",
)
desk.app = app
tasks.register(app)
jobs.declare(app)
showing.register(app)
