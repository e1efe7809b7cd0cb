"""The jobs of the app and their schedules; described in the language of the document."""

from orario import App, Cron, Every

_HEALTH = Every(minutes=5)
_ANALYTICS = Cron("15 0 * * *", timezone="UTC")  # the days of the figures are UTC's
_BACKUP = Cron("0 3 * * *")
_CLEANUP = Cron("30 4 * * *")
_WORDS = {
    "health_check": "Controlla database, Redis, storage e gli altri servizi configurati, e misura la macchina.",
    "daily_analytics": "Aggrega le esecuzioni per job e giorno: conteggi, tassi, percentili di durata e ritardo.",
    "database_backup": "Copia il database senza fermarlo: compressa, con checksum, verificata riaprendola.",
    "cleanup": "Elimina a lotti righe e file vecchi: controlli di salute, analisi, backup, file nelle cartelle.",
}


def declare(app: App) -> None:
    """Health often, the rest at night."""
    for slug, schedule in (
        ("health_check", _HEALTH),
        ("daily_analytics", _ANALYTICS),
        ("database_backup", _BACKUP),
        ("cleanup", _CLEANUP),
    ):
        name = slug.replace("_", " ").title()
        app.job(slug, f"ops.{slug}", schedule, name=name, description=_WORDS[slug])
