"""How fast the audit log is, beside what the disk itself can do; and that no kill costs it an entry."""
