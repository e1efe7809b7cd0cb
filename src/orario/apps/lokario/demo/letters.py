"""The mail that lies in the demonstration's mailboxes: plain and HTML, with attachments, in old charsets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

PASSWORD = "orario-demo"
_SUBJECTS = (
    ("Commande pour samedi", "Bonjour,\n\nPourriez-vous préparer 40 croissants pour samedi matin ?\n\nMerci, Élodie"),
    ("Devis n° 2024-118", "Bonjour,\n\nVous trouverez notre devis en pièce jointe.\n\nCordialement"),
    ("Re: Horaires d'été", "C'est noté, à partir du 1er juillet donc.\n\nBien à vous"),
    ("Facture F-0003", "Bonjour,\n\nLe virement part cette semaine, désolé pour le retard.\n\nLa compta"),
    ("Réservation salle", "Bonsoir,\n\nLa salle est-elle libre le 14 ?\n\nCamille"),
)


def letters(user: str, count: int = 25) -> Iterator[bytes]:
    """So many mails to somebody, the last one of today."""
    now = datetime.now(UTC)
    for number in range(count):
        subject, text = _SUBJECTS[number % len(_SUBJECTS)]
        message = EmailMessage(SMTP)
        message["From"] = f"Client {number % 7 + 1} <client{number % 7 + 1}@example.org>"
        message["To"] = f"{user}@example.com"
        message["Subject"] = subject
        message["Date"] = format_datetime(now - timedelta(hours=7 * (count - number)))
        message["Message-ID"] = f"<demo-{user}-{number}@example.org>"
        message.set_content(text, charset="iso-8859-15" if number % 3 == 0 else "utf-8")
        if number % 4 == 1:
            message.add_alternative(f"<p>{text.replace(chr(10), '<br>')}</p>", subtype="html")
        if subject.startswith("Devis"):
            message.add_attachment(
                b"%PDF-1.4 demo", maintype="application", subtype="pdf", filename=f"devis-été-{number}.pdf"
            )
        yield message.as_bytes()
