"""The words of Orario and the decisions about them: no I/O, no clock of its own."""
