import gzip
from pathlib import Path

import pytest

from catalograph.errors import TrainingDataError
from catalograph.ingest.extract.findings import BRAND
from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.language import language_of
from catalograph.ingest.language.chinese import ChineseConfig, ChineseRecogniser
from catalograph.ingest.language.chinese_features import (
    PLAIN,
    FeatureGazetteer,
    features,
    gazetteer_of,
    lexicon_of,
    own_of,
)
from catalograph.ingest.language.tags import (
    Entity,
    Sentence,
    decode,
    encode,
    read_tagged,
    read_texts,
)
from catalograph.ml.script import fold_text

BRANDS = ("飞利浦", "小米", "海尔", "美的", "苏泊尔", "九阳")
KINDS = ("理发器", "电饭煲", "手机壳", "洗衣机", "吸尘器", "豆浆机")
EXTRAS = ("包邮新款", "正品特价", "家用静音", "清仓热卖")


def title(brand: str, extra: str, kind: str) -> Sentence:
    tokens = tuple(brand + extra + kind)
    first = len(brand) + len(extra)
    return Sentence(
        tokens,
        frozenset({Entity(0, len(brand), "HP"), Entity(first, first + len(kind), "HC")}),
    )


SENTENCES = [title(b, e, k) for b in BRANDS for e in EXTRAS for k in KINDS]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Philips hair clipper", "en"),
        ("飞利浦理发器", "zh"),
        ("飞利浦 Philips QC5510 理发器", "zh"),
        ("Anker 快充 charger for Apple iPhone and Samsung Galaxy", "en"),
        ("12345 !!", "en"),
        ("", "en"),
    ],
)
def test_language_is_told_by_script(text: str, language: str) -> None:
    assert language_of(text) == language


def test_folding_keeps_every_character_in_its_place() -> None:
    text = "ＰＨＩＬＩＰＳ　①㍿ ﬁ"
    assert len(fold_text(text)) == len(text)
    assert fold_text(text).startswith("philips ")


def test_bio_and_bieos_files_are_read_alike(tmp_path: Path) -> None:
    bio = tmp_path / "a.conll"
    bio.write_text("小 B-HP\n米 I-HP\n  O\n壳 B-HC\n\n好 O\n", encoding="utf-8")
    bieos = tmp_path / "b.bieos.gz"
    bieos.write_bytes(gzip.compress("小\tB-HP\n米\tE-HP\n \tO\n壳\tS-HC\n\n好\tO".encode()))
    expected = [
        Sentence(("小", "米", " ", "壳"), frozenset({Entity(0, 2, "HP"), Entity(3, 4, "HC")})),
        Sentence(("好",), frozenset()),
    ]
    assert read_tagged(bio) == expected
    assert read_tagged(bieos) == expected


def test_raw_texts_are_read_of_tagged_files_tables_and_lines(tmp_path: Path) -> None:
    contents = {
        "小 B-HP\n米 I-HP\n\n好 O\n": ["小米", "好"],
        "shop\t1\t很好\n": ["很好"],
        "好 书\n": ["好 书"],
    }
    for content, expected in contents.items():
        file = tmp_path / "raw"
        file.write_text(content, encoding="utf-8")
        assert read_texts(file) == expected


def test_a_line_without_a_tag_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.conll"
    file.write_text("小 B-HP\n米\n", encoding="utf-8")
    with pytest.raises(TrainingDataError, match="Line 2 of .* is '米'; expected a token and a tag"):
        read_tagged(file)


def test_tags_are_decoded_back() -> None:
    entities = frozenset({Entity(0, 3, "HP"), Entity(3, 4, "HC"), Entity(5, 7, "HC")})
    tags = encode(entities, 8)
    assert tags == ["B-HP", "I-HP", "E-HP", "S-HC", "O", "B-HC", "E-HC", "O"]
    assert decode(tags) == entities


def test_a_broken_path_still_gives_entities() -> None:
    assert decode(["I-HP", "I-HC", "B-HC"]) == {
        Entity(0, 1, "HP"),
        Entity(1, 2, "HC"),
        Entity(2, 3, "HC"),
    }


def test_gazetteers_are_folded_and_cut() -> None:
    assert gazetteer_of(["法雷奥（VALEO）", "123", "x", "鞋", " ＯＰＰＯ "]) == {
        "法雷奥",
        "valeo",
        "鞋",
        "oppo",
    }


def test_a_sentence_does_not_see_its_own_entities_in_the_lexicon() -> None:
    one, other = title("小米", "", "手机壳"), title("海尔", "", "手机壳")
    knowledge = FeatureGazetteer({}, lexicon_of([one, one, other]), {})
    row = features(one.text, knowledge, PLAIN, own_of(one))
    assert "tHP:000" in row[0], "only this text, however often repeated, names 小米"
    assert "tHC:100" in row[2], "another text names 手机壳, too"
    assert "tHP:100" in features(one.text, knowledge, PLAIN)[0]


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> ChineseRecogniser:
    folder = tmp_path_factory.mktemp("recogniser")
    return ChineseRecogniser.train(
        SENTENCES,
        folder,
        gazetteers={"brands": gazetteer_of([*BRANDS, "格力"])},
        unlabelled=[sentence.text for sentence in SENTENCES] * 2,
        config=ChineseConfig(),
    )


def test_brand_and_kind_are_found_with_span_and_confidence(recogniser: ChineseRecogniser) -> None:
    text = "格力正品特价吸尘器"
    product = ProductText("product:a/1", {"title": text, "description": "A vacuum cleaner"})
    found = recogniser.find([product])[0]
    assert [(f.attribute, f.name) for f in found] == [(BRAND, "格力"), ("product type", "吸尘器")]
    for finding in found:
        assert text[finding.span.start : finding.span.end] == finding.name
        assert finding.span.field == "title"
        assert 0.3 < finding.confidence <= 1
        assert (finding.extractor, finding.version) == ("chinese", recogniser.version)


def test_known_attributes_are_left_alone(recogniser: ChineseRecogniser) -> None:
    product = ProductText("product:a/1", {"title": "小米包邮新款手机壳"}, known=frozenset({BRAND}))
    assert [f.attribute for f in recogniser.find([product])[0]] == ["product type"]


def test_empty_and_english_texts_say_nothing(recogniser: ChineseRecogniser) -> None:
    assert recogniser.find([ProductText("a", {"title": ""}), ProductText("b", {})]) == [[], []]
    assert recogniser.tag([""]) == [[]]


def test_the_same_data_gives_the_same_version(tmp_path: Path) -> None:
    config = ChineseConfig(views=(PLAIN,), calibrated=False)
    versions = {
        ChineseRecogniser.train(SENTENCES[:40], tmp_path / name, config=config).version
        for name in ("a", "b")
    }
    assert len(versions) == 1
    assert ChineseRecogniser.load(tmp_path / "a").version in versions


def test_a_folder_without_a_recogniser_says_how_to_train_one(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="catalograph train ner"):
        ChineseRecogniser.load(tmp_path)


def test_sentences_of_words_are_refused(tmp_path: Path) -> None:
    words = [Sentence(("great", "phone"), frozenset({Entity(1, 2, "HC")}))]
    with pytest.raises(TrainingDataError, match="'great' of .* is no single character"):
        ChineseRecogniser.train(words, tmp_path)
