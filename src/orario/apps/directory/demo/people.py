"""A believable firm: its people and groups as rows, and as a directory has them a little later."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import NAMESPACE_DNS, UUID, uuid5

BASE = "dc=demo,dc=example"
ACCOUNT = f"cn=orario,{BASE}"
PASSWORD = "let-me-in"
_FIRST = ("Anna", "Jürgen", "Ștefan", "Zoë", "Matteo", "Łucja", "Søren", "Chloé", "Ioana", "Max", "Aylin", "Tomáš")
_LAST = ("Müller", "Țurcanu", "Rossi", "Groß", "Brânză", "O'Brien", "Núñez", "Łukasz", "Weiß", "Dupont")
_DEPARTMENTS = ("Verkauf", "Contabilitate", "IT", "Lager", "Marketing")
_TITLES = ("Leitung", "Fachkraft", "Assistenz", "Praktikum")
_PLAIN = str.maketrans("üșȘëŁłøéțȚßâăáúñš'", "usSeLloetTsaaauns-")
_BEFORE, _AFTER = "20300101080000.000001Z#000000#000#000000", "20300201080000.000002Z#000000#000#000000"
_HIRED, _LEFT, _MOVED = 2, 1, 3

Attributes = dict[str, list[str]]


@dataclass(frozen=True)
class Person:
    """Somebody."""

    number: int
    first: str
    last: str
    department: str
    title: str
    stamp: str = _BEFORE

    @property
    def uid(self) -> str:
        return f"{self.first}.{self.last}".translate(_PLAIN).lower()

    @property
    def dn(self) -> str:
        return f"uid={self.uid},ou=people,{BASE}"

    @property
    def key(self) -> str:
        return str(key_of(self.uid))

    @property
    def fields(self) -> dict[str, str]:
        """As the table has them."""
        return {
            "username": self.uid,
            "email": f"{self.uid}@demo.example",
            "first_name": self.first,
            "last_name": self.last,
            "display_name": f"{self.first} {self.last}",
            "department": self.department,
            "title": self.title,
            "employee_number": f"{1000 + self.number}",
        }

    def entry(self) -> tuple[str, Attributes]:
        """As the directory has it."""
        names = {
            "uid": self.uid, "mail": f"{self.uid}@demo.example", "givenName": self.first, "sn": self.last,
            "cn": f"{self.first} {self.last}", "departmentNumber": self.department, "title": self.title,
            "employeeNumber": f"{1000 + self.number}", "entryUUID": self.key, "entryCSN": self.stamp,
            "objectClass": "inetOrgPerson",
        }  # fmt: skip
        return self.dn, {name: [value] for name, value in names.items()}


@dataclass(frozen=True)
class Group:
    """Some of them."""

    name: str
    members: tuple[str, ...]  # by DN
    stamp: str = _BEFORE

    @property
    def dn(self) -> str:
        return f"cn={self.name},ou=groups,{BASE}"

    @property
    def key(self) -> str:
        return str(key_of(f"group {self.name}"))

    def entry(self) -> tuple[str, Attributes]:
        found: Attributes = {name: [value] for name, value in (("cn", self.name), ("entryUUID", self.key))}
        kinds: Attributes = {"objectClass": ["groupOfNames"], "entryCSN": [self.stamp], "member": list(self.members)}
        return self.dn, found | kinds


def key_of(name: str) -> UUID:
    """The same every time."""
    return uuid5(NAMESPACE_DNS, f"{name}.demo.example")


def everybody() -> list[Person]:
    """The firm, with those who have yet to come at the end."""
    pairs = [(first, last) for last in _LAST for first in _FIRST]
    return [
        Person(at, first, last, _DEPARTMENTS[at % len(_DEPARTMENTS)], _TITLES[(at * 7 + at // 12) % len(_TITLES)])
        for at, (first, last) in enumerate(pairs)
    ]


def known() -> list[Person]:
    """Those whom the tables are filled with."""
    return everybody()[:-_HIRED]


def groups(people: list[Person]) -> Iterator[Group]:
    """One for each department, and one for all."""
    yield Group("everybody", tuple(one.dn for one in people))
    for department in _DEPARTMENTS:
        yield Group(department, tuple(one.dn for one in people if one.department == department))


def directory() -> list[tuple[str, Attributes]]:
    """The directory a month later: two have come, one has left, three have moved to IT."""
    people = everybody()[_LEFT:]
    moved = [replace(one, department="IT", stamp=_AFTER) for one in people if one.department != "IT"][:_MOVED]
    now = {one.key: one for one in moved}
    people = [now.get(one.key, one) for one in people]
    later = [replace(one, stamp=_AFTER) for one in groups(people)]
    root = (BASE, {"objectClass": ["organization"]})
    return [root, *(one.entry() for one in people), *(one.entry() for one in later)]
