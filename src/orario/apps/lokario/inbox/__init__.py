"""The inbox: what comes into companies' mailboxes is copied here, each message once."""
