"""The directory: users and groups in step with Active Directory or another LDAP server."""

from pathlib import Path

from orario import App
from orario.apps.directory import showing, tables
from orario.apps.directory.demo import DEMO
from orario.apps.directory.desk import desk
from orario.apps.directory.jobs import declare
from orario.apps.directory.router import router
from orario.apps.directory.settings import DirectorySettings

app = App(
    "directory",
    display_name="Directory",
    settings=DirectorySettings,
    tables=tables.metadata,
    migrations="orario.apps.directory.migrations",
    router=router,
    prefix="/directory",
    demo=DEMO,
    templates=Path(__file__).parent / "templates",
)
declare(app)
showing.register(app)
desk.app = app
