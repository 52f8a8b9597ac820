"""Whatever is in a file, reading it ends in rows, in rejected rows, or in an error of ours."""

from __future__ import annotations

import contextlib

from agency_files import HEADER, MAPPING, TODAY, content, line
from hypothesis import given
from hypothesis import strategies as st

from broker.agency import csvfile, mapping
from broker.errors import BrokerError

PARSED = mapping.parse(MAPPING.encode())
_CELLS = st.text(alphabet=st.sampled_from('aC1;/\t" \n\r,0é-NULL|\x00'), max_size=8)


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(st.lists(_CELLS, max_size=22), max_size=5).map(
            lambda rows: content(*(",".join(cells) for cells in rows))
        ),
    )
)
def test_any_bytes_as_a_file_raise_only_our_error(data: bytes) -> None:
    """A damaged export would end in a traceback."""
    with contextlib.suppress(BrokerError):
        csvfile.read(data, PARSED, today=TODAY)


@given(st.dictionaries(st.sampled_from(HEADER.split(",")[:-1]), st.text(max_size=30), max_size=4))
def test_any_cell_reads_or_rejects_its_row(changes: dict[str, str]) -> None:
    """One strange cell would stop a whole delivery."""
    quoted = {
        name.replace(" ", "_"): '"' + text.replace('"', '""').replace("\x00", "") + '"'
        for name, text in changes.items()
    }
    data = content(line(**quoted), line(Client_ID="C2")).decode().encode("utf-8", "replace")
    table = csvfile.read(data, PARSED, today=TODAY)
    assert table.rows and len(table.rows) + len(table.rejects) == 2
