"""Lokario: company inboxes kept up to date, and reminders of unpaid invoices, called by an outside scheduler."""

from pathlib import Path

from orario import App, Overlap
from orario.apps.lokario import showing, tables, words
from orario.apps.lokario.beginning import INIT
from orario.apps.lokario.demo import DEMO
from orario.apps.lokario.desk import desk
from orario.apps.lokario.jobs import declare
from orario.apps.lokario.router import router
from orario.apps.lokario.secret import warn
from orario.apps.lokario.settings import LokarioSettings
from orario.apps.lokario.tasks import process_followups, sync_inbox

app = App(
    "lokario",
    display_name="Lokario",
    settings=LokarioSettings,
    tables=tables.metadata,
    migrations="orario.apps.lokario.migrations",
    router=router,
    demo=DEMO,
    init=INIT,
    templates=Path(__file__).parent / "templates",
)
desk.app = app

app.task(
    name=words.SYNC_TASK,
    display_name="Synchronisation inbox",
    timeout="4h",  # the first time a mailbox of years is read
    overlap=Overlap.QUEUE,
)(sync_inbox)
app.task(name=words.FOLLOWUPS_TASK, display_name="Relances automatiques", timeout="1h", overlap=Overlap.QUEUE)(
    process_followups
)
declare(app)
showing.register(app)
app.on_startup(warn)
