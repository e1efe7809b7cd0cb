"""The people, places and words of the demonstration."""

PEOPLE = (
    *("Ștefan Țăranu", "Ioana Mureșan", "Mihai Crăciun", "Ana-Maria Bălan", "Răzvan Ungureanu", "Elena Dăscălescu"),
    *("Jürgen Müßig", "Käthe Größer", "Björn Ölschläger", "Sophie Lefèvre", "Zoë O'Connor", "李小龙", "Łukasz Żak"),
)
PLACES = ("Grădina Verde 🌿", "Café Müller", "La Țară", "Zum Goldenen Löwen 🦁", "Trattoria Così")
QUESTIONS = (
    "Bună ziua, aveți o masă liberă diseară? 🙂",
    "Haben Sie auch glutenfreie Nudeln?",
    "Can I move my reservation to 8 pm, please?",
    "Câte persoane încap la terasă?",
    "Danke schön, bis später! 👋",
    "Is there parking near the restaurant?",
    "Aș vrea să anulez rezervarea pentru mâine.",
)
ANSWERS = (
    "Cu plăcere! V-am notat rezervarea. ✅",
    "Ja, die haben wir.",
    "Of course. See you then!",
    "Am trimis cererea colegilor mei.",
)
ERRORS = ("the model did not answer within 30 s", "quota exceeded", "unexpected end of stream")
LOGGED = (
    ("INFO", "session opened"),
    ("INFO", "answer sent"),
    ("INFO", "reservation saved"),
    ("WARN", "the model took 12 s"),
    ("ERROR", "the calendar of Café Müller did not answer"),
)
