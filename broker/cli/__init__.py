"""The `broker` command, run by the operator. Front door: `main.main`.

main         serve, linkunit, migrate, audit; every other group is a file named after it
policy       agreements: `agreements` works on folders, `activation` on a database
linkage      population runs: `runs` does them, `report` shows what they found
keys         every key's life
"""
