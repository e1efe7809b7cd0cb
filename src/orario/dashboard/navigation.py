"""The places that the navigation shows."""

from dataclasses import dataclass

from orario.service.actors import Role


@dataclass(frozen=True)
class Link:
    """An entry: pages say it of themselves, so that there is none without a page."""

    title: str
    icon: str
    order: int  # 10 overview, 20 jobs, 30 executions, 40 calendar, ...; apps' from 500 on, the house's own from 800
    path: str = ""
    role: Role = Role.VIEWER
    group: str = ""  # apps' pages stand under their app's name, those of apps with one page together
