"""Templates of search queries, in English and Chinese.

The parser was written with those of `DEVELOPMENT`; measures are reported on those of `REPORTED`,
which word the same constraints differently.

Slots: `brand`, `category` and `value` of a product; `max`, `min` around its price, and `money`, the
currency's word; `not` and `other`, a value and a brand that it does not have.
"""

from collections.abc import Mapping

Templates = Mapping[str, tuple[str, ...]]

DEVELOPMENT: Templates = {
    "en": (
        "{category} under {max}",
        "{brand} {category}",
        "{brand} {value} {category}",
        "{value} {category} over {min}",
        "{category} not {not}",
        "{category} between {min} and {max}",
        "{brand} {category} under {max} not {not}",
        "{value} {brand}",
        "{brand} under {max} {money}",
    ),
    "zh": (
        "{max}{money}以下的{category}",
        "{brand}{category}",
        "{value}{category}",
        "{category}不要{not}",
        "{min}到{max}{money}的{category}",
        "{brand} {value} {category}",
        "{value}{category} {max}{money}以下",
    ),
}
REPORTED: Templates = {
    "en": (
        "{category} below {max} {money}",
        "{brand} {category} for less than {max}",
        "{category} without {not}",
        "{value} {category} up to {max}",
        "{category} priced from {min} to {max} {money}",
        "{category} {max} {money} or less",
        "{category} at least {min}",
        "{category} except {other}",
        "{category} {brand} {value}",
        "{brand} {value} no more than {max} {money}",
        "{value} {category} but not {other}",
        "show me {category} cheaper than {max}",
    ),
    "zh": (
        "{category} {max}{money}以内",
        "不超过{max}{money}的{brand}{category}",
        "{category}，不要{not}的",
        "{value}的{category}，{max}{money}以内",
        "{brand}的{category}价格{min}-{max}{money}",
        "除了{other}以外的{category}",
        "低于{max}{money}的{value}{category}",
        "{min}{money}以上的{category}",
        "{brand}{value}{category}",
        "我想买{value}的{category}，不要{other}的",
    ),
}
SETS: Mapping[str, Templates] = {"development": DEVELOPMENT, "reported": REPORTED}
MONEY: Mapping[str, Mapping[str, str]] = {
    "en": {"USD": "dollars", "EUR": "euros", "GBP": "gbp", "CNY": "yuan", "INR": "rupees"},
    "zh": {"USD": "美元", "EUR": "欧元", "GBP": "英镑", "CNY": "元", "INR": "卢比"},
}
"""Words for currencies; others are written as their code."""
