"""A user's app that can be tried: it brings rows and a mail server."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, delete, func, insert, select

from orario import App, Demo
from orario.demo import mail_server

tables = MetaData()
dishes = Table("display_dishes", tables, Column("id", Integer, primary_key=True))


def load(services: Any) -> Mapping[str, int]:
    with services.database.writing() as connection:
        if connection.execute(select(func.count()).select_from(dishes)).scalar_one():
            return {"dishes": 0}
        connection.execute(insert(dishes), [{"id": number} for number in range(3)])
    return {"dishes": 3}


def remove(services: Any) -> Mapping[str, int]:
    with services.database.writing() as connection:
        return {"dishes": connection.execute(delete(dishes)).rowcount}


app = App("display", tables=tables, demo=Demo(load, remove, lambda: [mail_server("DISPLAY_MAIL_URL")]))


@app.task
def wash() -> None:
    """Wash the dishes."""
