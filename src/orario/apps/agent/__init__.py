"""The AI agent's jobs, on sessions, messages, credentials and reservations, with the API of its document."""

from pathlib import Path

from orario.apps.agent import showing, tables
from orario.apps.agent.demo import demo
from orario.apps.agent.desk import AgentApp, desk
from orario.apps.agent.router import router
from orario.apps.agent.schedules import TRIGGERS, declare
from orario.apps.agent.settings import AgentSettings
from orario.apps.agent.tasks import register

app = AgentApp(
    "agent",
    display_name="AI agent",
    settings=AgentSettings,
    tables=tables.metadata,
    migrations="orario.apps.agent.migrations",
    router=router,
    prefix="cron",
    demo=demo,
    templates=Path(__file__).parent / "templates",
    nicknames={name: planned.slug for name, planned in TRIGGERS.items()},
)
desk.app = app
register(app)
showing.register(app)
declare(app, AgentSettings.model_construct())
