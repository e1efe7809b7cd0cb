"""The app's demonstration: two months of figures, a day of health checks, and servers to watch."""

from orario.apps.ops.demo.redisserver import redis_server
from orario.apps.ops.demo.rows import load, remove
from orario.demo import Demo, mail_server

demo = Demo(load=load, remove=remove, servers=lambda: (redis_server(), mail_server("ORARIO_OPS_SMTP_URL")))
