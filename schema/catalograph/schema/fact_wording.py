"""Texts of the relations that reasons tell, in English and Chinese."""

from catalograph.schema.graph_types import FactWording, RelationType, Wording

BRAND = FactWording(
    label=Wording("brand", "品牌"),
    shared=Wording("Same brand as “{product}”: {name}.", "与“{product}”同品牌：{name}。"),
    short=Wording("same brand ({name})", "同品牌（{name}）"),
)
CATEGORY = FactWording(
    label=Wording("category", "类目"),
    shared=Wording("Same category as “{product}”: {name}.", "与“{product}”同类目：{name}。"),
    short=Wording("same category ({name})", "同类目（{name}）"),
)
VALUE = FactWording(
    label=Wording("{attribute}", "{attribute}"),
    shared=Wording(
        "Same {attribute} as “{product}”: {name}.", "与“{product}”的{attribute}相同：{name}。"
    ),
    short=Wording("same {attribute} ({name})", "{attribute}相同（{name}）"),
)
ALSO_BOUGHT = FactWording(
    label=Wording("what else buyers bought", "购买者还购买的商品"),
    shared=Wording(
        "Also bought with “{name}”, like “{product}”.",
        "与“{product}”一样，购买“{name}”的人也购买了它。",
    ),
    short=Wording("also bought with “{name}”", "同样有购买“{name}”的人购买"),
    direct=Wording("Also bought with “{product}”.", "购买“{product}”的人也购买了它。"),
    short_direct=Wording("also bought with it", "购买者也购买了它"),
)
ALSO_VIEWED = FactWording(
    label=Wording("what else was viewed", "浏览者还浏览的商品"),
    shared=Wording(
        "Also viewed with “{name}”, like “{product}”.",
        "与“{product}”一样，浏览“{name}”的人也浏览了它。",
    ),
    short=Wording("also viewed with “{name}”", "同样有浏览“{name}”的人浏览"),
    direct=Wording("Also viewed with “{product}”.", "浏览“{product}”的人也浏览了它。"),
    short_direct=Wording("also viewed with it", "浏览者也浏览了它"),
)
BOUGHT_TOGETHER = FactWording(
    label=Wording("what was bought together", "一起购买的商品"),
    shared=Wording(
        "Bought together with “{name}”, like “{product}”.",
        "与“{product}”一样，常与“{name}”一起购买。",
    ),
    short=Wording("bought together with “{name}”", "同样与“{name}”一起购买"),
    direct=Wording("Bought together with “{product}”.", "与“{product}”一起购买。"),
    short_direct=Wording("bought together with it", "常一起购买"),
)
COMPATIBLE_WITH = FactWording(
    label=Wording("compatibility", "兼容性"),
    shared=Wording("Works with {name}, like “{product}”.", "与“{product}”一样，适用于{name}。"),
    short=Wording("works with {name}", "同样适用于{name}"),
    direct=Wording("Works with “{product}”.", "与“{product}”兼容。"),
    short_direct=Wording("works with it", "与其兼容"),
)
PART_OF = FactWording(
    label=Wording("parts and accessories", "部件与配件"),
    shared=Wording("Belongs to {name}, like “{product}”.", "与“{product}”一样，是{name}的配件。"),
    short=Wording("belongs to {name}", "同为{name}的配件"),
    direct=Wording(
        "This and “{product}” belong together, one as a part or an accessory of the other.",
        "它与“{product}”配套，一方是另一方的部件或配件。",
    ),
    short_direct=Wording("belongs together with it", "与其配套"),
)
USED_FOR = FactWording(
    label=Wording("use", "用途"),
    shared=Wording("Used for {name}, like “{product}”.", "与“{product}”一样，用于{name}。"),
    short=Wording("used for {name}", "同样用于{name}"),
)
OPINION = FactWording(
    label=Wording("what reviews say", "评论中的看法"),
    shared=Wording(
        "Reviews praise the {name}, as they do for “{product}”.",
        "评论称赞它的{name}，与“{product}”一样。",
    ),
    short=Wording("praised for the {name}", "{name}同样受好评"),
    disliked=Wording(
        "Reviews criticise the {name}, as they do for “{product}”.",
        "评论批评它的{name}，与“{product}”一样。",
    ),
    opposed=Wording(
        "Reviews judge the {name} otherwise than for “{product}”.",
        "评论对它的{name}的看法与对“{product}”的相反。",
    ),
)
_GENERAL = FactWording(
    label=Wording("“{relation}”", "“{relation}”"),
    shared=Wording(
        "{relation} {name}, like “{product}”.", "与“{product}”一样，{relation}：{name}。"
    ),
    short=Wording("{relation} {name}", "{relation}：{name}"),
    direct=Wording("{relation}: this and “{product}”.", "{relation}：它与“{product}”。"),
    short_direct=Wording("{relation}", "{relation}"),
)


def wording_of(relation: RelationType | None) -> FactWording:
    """Return the texts of a relation; general ones for a relation without texts or an unknown."""
    return _GENERAL if relation is None or relation.wording is None else relation.wording
