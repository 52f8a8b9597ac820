"""The witness: a small service that an agency runs, so that nobody can change the audit log's history unseen.

It is sent checkpoints and cosigns those that continue the one it cosigned before; it fetches nothing and sees nothing
but sizes and hashes. Front door: `cosigning.add_checkpoint`. It promises that no two of its cosignatures ever fork.
"""
