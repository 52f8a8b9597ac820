"""Processes to be killed: each is forked from one that has imported the broker, which takes longer than they live."""

from __future__ import annotations

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["broker.server", "broker.linkunit.app", "fastapi.testclient"])
