from __future__ import annotations

from pathlib import Path

import pytest
from demonstration import brackwater

from broker.synthetic.truth import write


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("brackwater")
    write(brackwater(), folder)
    return folder
