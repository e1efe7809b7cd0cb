"""Operations: health, analytics, backups and clean-up, with the API that is documented for them."""

from pathlib import Path

from orario import App
from orario.apps.ops import pages, tables
from orario.apps.ops.analytics.task import daily_analytics
from orario.apps.ops.backups.task import database_backup
from orario.apps.ops.cleaning.task import cleanup
from orario.apps.ops.demo import demo
from orario.apps.ops.desk import desk
from orario.apps.ops.health.task import health_check
from orario.apps.ops.jobs import declare
from orario.apps.ops.router import router
from orario.apps.ops.settings import OpsSettings

app = App(
    "ops",
    display_name="Operations",
    settings=OpsSettings,
    tables=tables.metadata,
    migrations="orario.apps.ops.migrations",
    router=router,
    prefix="/ops",
    demo=demo,
    templates=Path(__file__).parent / "templates",
)
desk.app = app

app.task(display_name="Health check", timeout="5m")(health_check)
app.task(display_name="Daily analytics", timeout="6h")(daily_analytics)
app.task(display_name="Database backup", timeout="6h")(database_backup)
app.task(display_name="Cleanup", timeout="6h")(cleanup)
declare(app)
pages.register(app)
