"""Backup and restore: one sealed file of rows and papers, one copy of the keys beside it."""
