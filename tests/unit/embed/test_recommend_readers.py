"""The two folder forms, and what is said when they are wrong."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from catalograph.embed.recommend import hold_out, read_folder
from catalograph.errors import EvaluationDataError

TSV = {
    "train.tsv": "user_id\tproduct_id\n7\t10\n7\t30\n9\t10\n9\t10\n",
    "test.tsv": "user_id\tproduct_id\n7\t20\n",
    "kg.tsv": (
        "product_id\trelation\ttail_type\ttail_id\n"
        "10\tproduced_by\tbrand\t3\n20\tproduced_by\tbrand\t3\n"
        "10\talso_bought\trelated_product\t5\n10\talso_bought\trelated_product\t6\n"
    ),
    "product.tsv": 'id\tname\n10\tA\n20\t"B\t""x"""\n30\tC\n40\tD\n',
    "related_product.tsv": 'id\tname\n5\t"B\t""x"""\n6\telsewhere\n',
}
TEXT = {"train.txt": "0 1 2\n4 2\n5\n", "test.txt": "0 3\n"}


def write(folder: Path, files: dict[str, str], *, zipped: bool = False) -> Path:
    for name, text in files.items():
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("zipped", [False, True])
def test_the_tsv_form(tmp_path: Path, zipped: bool) -> None:
    data = read_folder(write(tmp_path, TSV, zipped=zipped))
    # Items 10, 20, 30 and 40, users 7 and 9; a pair given twice counts once.
    np.testing.assert_array_equal(data.train.toarray(), [[1, 0, 1, 0], [1, 0, 0, 0]])
    assert data.test is not None
    np.testing.assert_array_equal(data.test.toarray(), [[0, 1, 0, 0], [0, 0, 0, 0]])
    assert sorted(data.relations) == ["also_bought", "produced_by"]
    brand, bought = data.relations["produced_by"], data.relations["also_bought"]
    np.testing.assert_array_equal(brand.facts.toarray(), [[1], [1], [0], [0]])
    assert brand.tail_items is None
    # Related product 5 has the name of product 20, which is item 1.
    np.testing.assert_array_equal(bought.facts.toarray()[0], [1, 1])
    assert bought.tail_items is not None
    assert bought.tail_items.tolist() == [1, -1]
    assert (data.name, data.kgat, data.notes) == (tmp_path.name, False, ())


def test_tails_of_type_product_are_items(tmp_path: Path) -> None:
    kg = "product_id\trelation\ttail_type\ttail_id\n10\tgoes_with\tproduct\t30\n"
    data = read_folder(write(tmp_path, TSV | {"kg.tsv": kg}))
    goes_with = data.relations["goes_with"]
    assert goes_with.tail_items is not None
    assert goes_with.tail_items.tolist() == [2]


def test_without_a_kg_file_that_is_said(tmp_path: Path) -> None:
    files = {name: text for name, text in TSV.items() if name.startswith("t")}
    data = read_folder(write(tmp_path, files))
    assert (data.n_items, data.relations) == (3, {})
    assert "no kg.tsv" in data.notes[0]


@pytest.mark.parametrize("zipped", [False, True])
def test_the_text_form(tmp_path: Path, zipped: bool) -> None:
    data = read_folder(write(tmp_path, TEXT, zipped=zipped))
    # Items 1, 2 and 3; user 5 has no item and is not there.
    np.testing.assert_array_equal(data.train.toarray(), [[1, 1, 0], [0, 1, 0]])
    assert data.test is not None
    np.testing.assert_array_equal(data.test.toarray(), [[0, 0, 1], [0, 0, 0]])
    assert data.kgat


def test_the_digest_knows_what_is_learned_from_only(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = read_folder(write(tmp_path / "a", TSV))
    other_test = TSV | {"test.tsv": "user_id\tproduct_id\n9\t30\n"}
    assert read_folder(write(tmp_path / "b", other_test, zipped=True)).digest == first.digest
    other_kg = TSV | {"kg.tsv": TSV["kg.tsv"].replace("20\tprod", "30\tprod")}
    assert read_folder(write(tmp_path / "a", other_kg)).digest != first.digest


@pytest.mark.parametrize("name", ["train.tsv", "kg.tsv", "product.tsv"])
def test_a_row_with_too_few_values_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, TSV | {name: TSV[name] + "1\n"})
    line = TSV[name].count("\n") + 1
    with pytest.raises(EvaluationDataError, match=rf"{name} line {line}: 1 values, expected"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("train.tsv", "user_id\tproduct_id\nu7\t10\n", r"train.tsv line 2: user_id is 'u7'"),
        ("test.tsv", "user_id\tproduct_id\n7\t-1\n", r"test.tsv line 2: product_id is '-1'"),
        ("test.tsv", "user\tproduct_id\n7\t1\n", r"test.tsv line 1: no column user_id"),
        ("test.tsv", "", r"test.tsv line 1: no column user_id, product_id"),
        ("train.tsv", "user_id\tproduct_id\n", r"train.tsv has no interaction"),
        (
            "kg.tsv",
            "product_id\trelation\ttail_type\ttail_id\n1\t\tbrand\t3\n",
            r"kg.tsv line 2: relation is empty",
        ),
    ],
)
def test_wrong_tsv_files_are_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(EvaluationDataError, match=message):
        read_folder(write(tmp_path, TSV | {name: text}))


def test_wrong_text_lines_are_named(tmp_path: Path) -> None:
    write(tmp_path, TEXT | {"test.txt": "0 3\n\n1 x\n"})
    with pytest.raises(EvaluationDataError, match=r"test.txt line 3: an id is 'x'"):
        read_folder(tmp_path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationDataError, match="is no folder"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(EvaluationDataError, match=r"no train.tsv or train.txt; expected"):
        read_folder(tmp_path)
    write(tmp_path, {"train.txt": "0 1\n"})
    with pytest.raises(EvaluationDataError, match=r"test.txt \(or test.txt.gz\) is missing"):
        read_folder(tmp_path)


def test_a_broken_archive_is_one_clear_sentence(tmp_path: Path) -> None:
    write(tmp_path, TSV)
    (tmp_path / "test.tsv").unlink()
    (tmp_path / "test.tsv.gz").write_bytes(gzip.compress(TSV["test.tsv"].encode())[:-9])
    with pytest.raises(EvaluationDataError, match=r"test.tsv.gz cannot be read"):
        read_folder(tmp_path)


def test_hold_out_splits_train_and_never_reads_test(tmp_path: Path) -> None:
    rows = [f"{user}\t{item}" for user in range(20) for item in range(user % 5 + 1)]
    files = TSV | {"train.tsv": "\n".join(["user_id\tproduct_id", *rows]) + "\n"}
    data = read_folder(write(tmp_path, files))
    split = hold_out(data, seed=1)
    assert split.test is not None
    np.testing.assert_array_equal((split.train + split.test).toarray(), data.train.toarray())
    # Of 1, 2, 3, 4, 5 interactions 0, 1, 1, 1, 1 are withheld.
    assert split.test.sum(axis=1)[:5].tolist() == [0, 1, 1, 1, 1]
    np.testing.assert_array_equal(hold_out(data, seed=1).test.toarray(), split.test.toarray())  # type: ignore[union-attr]
    assert hold_out(data, seed=2).digest != split.digest
