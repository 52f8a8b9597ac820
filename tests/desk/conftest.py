"""One desk for all of these tests, which begins again for each: putting it together takes longer than most of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from signing_in import SigningIn, make_council, signing_in


@pytest.fixture(scope="session")
def council(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_council(tmp_path_factory.mktemp("desk")).home("council")


@pytest.fixture(scope="session")
def one_desk(council: Path) -> SigningIn:
    return signing_in(council)


@pytest.fixture
def desk(one_desk: SigningIn) -> SigningIn:
    one_desk.begins_again()
    return one_desk
