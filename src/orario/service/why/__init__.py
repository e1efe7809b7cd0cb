"""Why a job did, or did not, run: the facts, gathered in one look at the database."""
