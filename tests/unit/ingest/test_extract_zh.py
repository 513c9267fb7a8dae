"""Chinese titles and labelled descriptions, read without spaces between words."""

import pytest

from catalograph.ingest.extract import Extractor, Learner
from catalograph.ingest.language.relations import read_relations
from catalograph.schema import value


def read(title: str, description: str = "") -> dict[str, list[str]]:
    texts = {"title": title} | ({"description": description} if description else {})
    found: dict[str, list[str]] = {}
    for relation, tail, support in Extractor().extract(texts, []):
        assert support.span is not None
        attribute = str(tail.properties.get("attribute", relation))
        found.setdefault(attribute, []).append(str(tail.properties["name"]))
    return found


@pytest.mark.parametrize(
    ("text", "attribute", "names"),
    [
        ("颜色：黑色", "colour", ["black"]),
        ("颜色分类:深空灰/银色", "colour", ["grey", "silver"]),
        ("材质：304不锈钢；净重：0.5kg", "material", ["stainless steel"]),
        ("材质：304不锈钢；净重：0.5kg", "net weight", ["500 g"]),
        ("重量：约1.2公斤，产地：中国", "weight", ["1200 g"]),
        ("型号：HW-200 规格：大号", "model", ["HW-200"]),
        ("型号：HW-200 规格：大号", "specification", ["大号"]),
        ("运行内存：16G", "memory", ["16 GB"]),
        ("品牌：KAO/花王", "HAS_BRAND", ["花王"]),
        ("适用人群：学生、老人", "audience", ["学生", "老人"]),
    ],
)
def test_a_label_names_the_attribute(text: str, attribute: str, names: list[str]) -> None:
    assert read("商品", text).get(attribute) == names


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("表带颜色：红色", "colour"),
        ("颜色分类：158369C/现货速发", "colour"),
        ("品牌：other/其他", "HAS_BRAND"),
        ("功率：600W(含)-900W(含)", "power"),
        ("毛重：12", "gross weight"),
        ("型号：属性见描述", "model"),
    ],
)
def test_a_label_without_a_usable_value(text: str, attribute: str) -> None:
    assert attribute not in read("商品", text)


@pytest.mark.parametrize(
    ("title", "attribute", "names"),
    [
        ("华为保温杯500ml大容量", "HAS_BRAND", ["Huawei"]),
        ("华为保温杯500ml大容量", "volume", ["500 ml"]),
        ("【官方正品】美的电热水壶1800W大功率", "HAS_BRAND", ["Midea"]),
        ("美的电热水壶1800W大功率", "power", ["1800 W"]),
        ("荣耀平板8 12英寸 8+256G 全网通", "storage", ["256 GB"]),
        ("荣耀平板8 12英寸 8+256G 全网通", "screen size", ["12 in"]),
        ("小米手机14 12GB+256GB", "memory", ["12 GB"]),
        ("李宁男鞋 黑色/白色", "colour", ["black", "white"]),
        ("李宁男鞋 黑色/白色", "gender", ["Men"]),
        ("男女同款纯棉T恤", "gender", ["Unisex"]),
        ("男女同款纯棉T恤", "material", ["cotton"]),
        ("每日坚果750g 30包装", "pack count", ["30"]),
        ("每日坚果750g 30包装", "net weight", ["750 g"]),
        ("20000毫安时充电宝", "battery capacity", ["20000 mAh"]),
    ],
)
def test_titles(title: str, attribute: str, names: list[str]) -> None:
    assert read(title).get(attribute) == names


@pytest.mark.parametrize(
    ("title", "attribute"),
    [
        ("儿童水杯 不含塑料", "material"),
        ("无硅胶奶嘴", "material"),
        ("仿真皮沙发", "material"),
        ("不锈钢清洁剂", "material"),
        ("小米500g杂粮", "HAS_BRAND"),
        ("苹果 新鲜红富士10斤", "HAS_BRAND"),
        ("华为手机壳", "HAS_BRAND"),
        ("滚筒洗衣机10公斤变频", "net weight"),
        ("1克拉钻戒", "net weight"),
        ("黑色素检测贴", "colour"),
        ("折叠梯 承重200kg", "net weight"),
        ("手环 5至8英寸平板", "screen size"),
    ],
)
def test_words_that_mean_something_else(title: str, attribute: str) -> None:
    assert attribute not in read(title)


def test_a_feed_without_brands_teaches_the_names_that_begin_its_titles() -> None:
    learner = Learner()
    kinds = ("炒锅", "电饭煲", "水壶", "菜刀", "砧板", "汤勺")
    for n in range(60):
        kind = kinds[n // 3 % 6]
        title = (f"雅厨坊{kind}家用{n}", f"家用{kind}不粘{n}", f"{kind}加厚大号{n}")[n % 3]
        learner.observe(f"p{n}", {"title": title}, [("HAS_VALUE", value("no", str(n)))])
    extractor = Extractor(learner.finish())
    found = {
        title: [tail.key for relation, tail, _ in extractor.extract({"title": title}, [])]
        for title in ("雅厨坊蒸锅", "家用蒸锅", "炒锅")
    }
    assert found == {"雅厨坊蒸锅": ["brand:雅厨坊"], "家用蒸锅": [], "炒锅": []}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("适用于学生", [("used for", "学生")]),
        ("适用于办公室、卧室", [("used for", "办公室"), ("used for", "卧室")]),
        ("适用于iPhone 14", [("compatible with", "iPhone 14")]),
        ("兼容佳能打印机", [("compatible with", "佳能打印机")]),
    ],
)
def test_people_and_rooms_are_no_devices(text: str, said: list[tuple[str, str]]) -> None:
    assert [(f.attribute, f.name) for f in read_relations(text)] == said
