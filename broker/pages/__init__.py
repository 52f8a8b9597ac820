"""Pages for everybody: who shares what and why, how often it is used, how to object, complain or see what is held.

Made from the agreements in force and from counts of the audit log; no sign-in, no script, nothing of anybody. Front
door: `public.router`.
"""
