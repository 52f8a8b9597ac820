"""`python -m broker.witness`: the same as `broker-witness`."""

from broker.witness.cli import main

main()
