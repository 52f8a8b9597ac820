"""Where a party's secrets live, and whether they are fit to be used there. Front door: `vault.open_vault`.

secretfile  the file: sealed under a passphrase, or in the clear for rehearsals; added to and destroyed from atomically
passphrase  where its passphrase comes from
sealing     Argon2id and AES-256-GCM
private     files that nobody else may read or replace
refusals    in the clear in a live place, of a rehearsal, published, expired, older than the last one seen
pkcs11      key-encrypting and signing keys in a hardware token
transit     the same in HashiCorp Vault or OpenBao
"""
