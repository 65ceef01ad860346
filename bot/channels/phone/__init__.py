"""Telephone carriers: one file each behind the contract of bot/call/line.py."""
