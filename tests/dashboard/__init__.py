"""The dashboard, as a browser and as an attacker see it."""
