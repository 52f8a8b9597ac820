"""Where a party's secrets live. Front door: `secretfile.read_secrets`."""
