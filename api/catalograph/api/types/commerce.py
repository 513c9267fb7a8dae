"""Types of commerce: money, stock, media, options of variants, languages."""

from datetime import date
from decimal import Decimal
from enum import Enum

import strawberry

from catalograph.schema.commerce import Availability

strawberry.enum(
    Availability,
    description="Whether a product can be bought, read from the catalogue's words of any language.",
)


@strawberry.enum(
    description="Language of a text. ZH takes any Chinese; ZH_TW takes Traditional first."
)
class Locale(Enum):
    """Languages of texts."""

    AR = "AR"
    BG = "BG"
    BN = "BN"
    CA = "CA"
    CS = "CS"
    DA = "DA"
    DE = "DE"
    EL = "EL"
    EN = "EN"
    ES = "ES"
    ET = "ET"
    FA = "FA"
    FI = "FI"
    FR = "FR"
    HE = "HE"
    HI = "HI"
    HR = "HR"
    HU = "HU"
    ID = "ID"
    IT = "IT"
    JA = "JA"
    KO = "KO"
    LT = "LT"
    LV = "LV"
    MS = "MS"
    NL = "NL"
    NO = "NO"
    PL = "PL"
    PT = "PT"
    PT_BR = "PT_BR"
    RO = "RO"
    RU = "RU"
    SK = "SK"
    SL = "SL"
    SR = "SR"
    SV = "SV"
    TH = "TH"
    TR = "TR"
    UK = "UK"
    VI = "VI"
    ZH = "ZH"
    ZH_CN = "ZH_CN"
    ZH_HK = "ZH_HK"
    ZH_TW = "ZH_TW"


@strawberry.type(description="An amount in a currency.")
class Money:
    """An amount in a currency."""

    amount: Decimal = strawberry.field(
        description="Exact decimal number as text, with at least the digits of the minor unit."
    )
    currency_code: str | None = strawberry.field(
        description="ISO 4217 code; null if the catalogue states none."
    )


@strawberry.type(description="Exchange rate by which prices were converted.")
class AppliedRate:
    """An applied exchange rate."""

    from_currency: str = strawberry.field(description="Currency in which the catalogue states it.")
    rate: Decimal = strawberry.field(description="Amount for one unit of `fromCurrency`.")
    as_of: date = strawberry.field(description="Date of the operator's table of rates.")


@strawberry.type(description="Prices of a product.")
class Pricing:
    """Prices of a product."""

    list_price: Money = strawberry.field(description="Price without a reduction.")
    sale_price: Money | None = strawberry.field(description="Reduced price, where there is one.")
    current: Money = strawberry.field(description="What a buyer pays: the lower of the two.")
    on_sale: bool = strawberry.field(description="Whether the reduced price is the lower one.")
    exchange_rate: AppliedRate | None = strawberry.field(
        description="Rate of the conversion; null where the catalogue states this currency."
    )


@strawberry.type(description="Exchange rates that the operator of the shop gives.")
class ExchangeRates:
    """Exchange rates."""

    as_of: date = strawberry.field(description="Date of the rates.")
    base: str = strawberry.field(description="Currency of which one unit is worth the rates.")
    currencies: list[str] = strawberry.field(description="Currencies that have a rate.")


@strawberry.input(description="A range of prices in one currency.")
class PriceRange:
    """A range of prices."""

    min: Decimal | None = strawberry.field(default=None, description="Least price.")
    max: Decimal | None = strawberry.field(default=None, description="Highest price.")
    currency_code: str | None = strawberry.field(
        default=None,
        description="ISO 4217 code. Prices in other currencies are left out, unless the operator "
        "gives exchange rates. Null: the shop's currency, else the most frequent one of the list. "
        "Alone it leaves nothing out, but orders and facets go by it.",
    )


@strawberry.type(description="A picture of a product.")
class ProductMedia:
    """A picture."""

    url: str = strawberry.field(description="Address of the picture.")
    alt: str | None = strawberry.field(description="Alternative text, where the catalogue has one.")
    position: int = strawberry.field(description="Place among the pictures, from 1.")


@strawberry.type(description="The value of an option that tells a variant from the others.")
class SelectedOption:
    """An option of a variant."""

    name: str = strawberry.field(description="Name of the option, such as Size.")
    value: str = strawberry.field(description="Its value, such as XL.")


@strawberry.type(description="An option by which the variants of a group differ.")
class ProductOption:
    """An option of a group."""

    name: str = strawberry.field(description="Name of the option, such as Size.")
    values: list[str] = strawberry.field(description="Its values, in the order of the variants.")


@strawberry.type(description="A step on the way from the root of a category tree.")
class Breadcrumb:
    """A breadcrumb."""

    key: str = strawberry.field(description="Key of the category.")
    name: str = strawberry.field(description="Its name.")
