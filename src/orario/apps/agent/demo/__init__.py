"""What the agent shows a newcomer: a believable restaurant's month, and servers that stand in for the real ones."""

from orario.apps.agent.demo.loading import load, remove
from orario.apps.agent.demo.providers import providers
from orario.demo import Demo, mail_server

demo = Demo(load=load, remove=remove, servers=lambda: (mail_server("ORARIO_AGENT_MAIL_URL"), providers()))
