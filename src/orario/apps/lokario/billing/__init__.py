"""Billing: customers are reminded of invoices that they have not paid, step by step."""
