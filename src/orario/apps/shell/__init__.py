"""Shell jobs: the task `shell.command`, off unless ORARIO_SHELL_ENABLED allows it."""

from orario import App
from orario.apps.shell.settings import ShellSettings
from orario.apps.shell.tasks import command

app = App("shell", settings=ShellSettings)
app.task(
    name="shell.command",
    display_name="Shell command",
    active=lambda config: config.enabled,
    inactive_reason="Shell commands are off; ORARIO_SHELL_ENABLED=true allows them",
)(command)
