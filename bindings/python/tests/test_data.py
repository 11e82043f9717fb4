"""One real round trip of each library that reaches files by fsspec; those that are not installed are left out."""

import pytest

import ossup.fsspec
from conftest import BUCKET

ossup.fsspec.register()


@pytest.fixture
def options(emulator):
    key, secret = emulator.credentials
    return {"endpoint": emulator.endpoint, "region": emulator.region, "key": key, "secret": secret}


def test_pandas_writes_and_reads_parquet(options):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"n": range(100_000), "text": [f"row {n}" for n in range(100_000)]})
    frame.to_parquet(f"oss://{BUCKET}/data/frame.parquet", storage_options=options)
    again = pandas.read_parquet(f"oss://{BUCKET}/data/frame.parquet", storage_options=options)
    pandas.testing.assert_frame_equal(frame, again)


def test_pyarrow_writes_and_reads_a_dataset(options):
    pyarrow = pytest.importorskip("pyarrow")
    import fsspec
    import pyarrow.dataset
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    files = PyFileSystem(FSSpecHandler(fsspec.filesystem("oss", **options)))
    table = pyarrow.table({"n": list(range(10_000)), "part": [n % 3 for n in range(10_000)]})
    pyarrow.dataset.write_dataset(
        table, f"{BUCKET}/data/arrow", filesystem=files, format="parquet", partitioning=["part"]
    )
    again = pyarrow.dataset.dataset(f"{BUCKET}/data/arrow", filesystem=files, partitioning=["part"]).to_table()
    assert sorted(again["n"].to_pylist()) == list(range(10_000))


def test_dask_writes_and_reads_parts(options):
    pytest.importorskip("dask")
    import dask.bag

    names = dask.bag.from_sequence(range(100), npartitions=4).map(str).to_textfiles(
        f"oss://{BUCKET}/data/dask/*.txt", storage_options=options
    )
    assert len(names) == 4
    lines = dask.bag.read_text(f"oss://{BUCKET}/data/dask/*.txt", storage_options=options).map(int).compute()
    assert sorted(lines) == list(range(100))


def test_datasets_are_saved_and_loaded(options):
    datasets = pytest.importorskip("datasets")
    saved = datasets.Dataset.from_dict({"n": list(range(1000))})
    saved.save_to_disk(f"oss://{BUCKET}/data/dataset", storage_options=options)
    again = datasets.load_from_disk(f"oss://{BUCKET}/data/dataset", storage_options=options)
    assert again["n"][:] == saved["n"][:]


def test_zarr_writes_and_reads_an_array(options):
    zarr = pytest.importorskip("zarr")
    options = {"storage_options": options}
    array = zarr.create_array(f"oss://{BUCKET}/data/array.zarr", shape=(100, 100), chunks=(50, 50), dtype="i4", **options)
    array[:] = 7
    again = zarr.open_array(f"oss://{BUCKET}/data/array.zarr", mode="r", **options)
    assert int(again[:].sum()) == 70_000
