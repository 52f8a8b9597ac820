"""The desk: what an agency's staff see in a browser. It runs at the agency, the only place where a name is typed.

Front door: `app.create_app`. It keeps no name: not on disk, in diagnostics, in addresses or in the browser.
"""
