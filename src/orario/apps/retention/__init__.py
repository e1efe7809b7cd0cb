"""Retention: forgets old history, so that the database stays small."""

from orario import App
from orario.apps.retention.jobs import declare
from orario.apps.retention.settings import RetentionSettings
from orario.apps.retention.tasks import pruning

app = App("retention", settings=RetentionSettings)
app.task(name="retention.prune", display_name="Prune the history", timeout="6h", is_system=True)(pruning.prune)
declare(app)
app.on_startup(lambda: pruning.configure(app.config.days, app.config.count, app.config.audit_days))
