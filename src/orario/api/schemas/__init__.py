"""The shapes of the API's answers: seed 004's fields first, in its order, then what Orario adds."""
