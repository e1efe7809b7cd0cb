"""The one collection that every table of Orario belongs to."""

from sqlalchemy import MetaData

metadata = MetaData()
