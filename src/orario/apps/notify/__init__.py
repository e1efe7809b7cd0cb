"""Notices: who is told what, when something fails or does not happen."""

from pathlib import Path

from orario import App, OnDemand, Overlap, Retry
from orario.apps.notify import tables
from orario.apps.notify.alarms import Alarms
from orario.apps.notify.desk import desk
from orario.apps.notify.listening import OWN, TASK, Ears
from orario.apps.notify.outbox import JOB
from orario.apps.notify.router import PREFIX, router
from orario.apps.notify.settings import NotifySettings
from orario.apps.notify.showing import register
from orario.apps.notify.tasks import send

app = App(
    OWN,
    display_name="Notices",
    settings=NotifySettings,
    tables=tables.metadata,
    router=router,
    prefix=PREFIX,
    templates=Path(__file__).parent / "templates",
)
desk.app = app
register(app)

# With these retries a channel may be away for two hours and more.
app.task(
    name=TASK,
    display_name="Send a notice",
    queue="notify",
    timeout="2m",
    retries=Retry(12, delay=5, backoff="exponential", max_delay=1800, jitter=0.2),
    max_instances=10,
    overlap=Overlap.QUEUE,
    is_system=True,
)(send)
app.job(JOB, TASK, OnDemand(), name="Notices", args=None)

alarms = Alarms(desk)
ears = Ears(desk, alarms.catch_up)
app.listen(ears)
app.on_alarm(alarms)
app.on_startup(ears.forget)
app.on_startup(alarms.remember)
