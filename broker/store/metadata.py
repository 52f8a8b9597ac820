"""What all tables belong to. They are on three pages: `tables`, `case_tables`, `audit_tables`."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
