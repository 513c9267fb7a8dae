"""Words by which columns, lists of rows and row elements are known, in the languages of feeds."""

import re
from collections.abc import Iterable


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SIGNS = re.compile(r"[\W_]+")
_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])")

_IDS = _words(
    "id sku asin ean gtin upc isbn mpn code handle uuid guid productid itemid articleid offerid "
    "artikelnummer artikelnr artikelid artnr nummer bestellnummer référence reference ref "
    "référenceproduit código codigo referencia codice codicearticolo riferimento "
    "编号 商品编号 产品编号 货号 商品编码 商品id 編號 商品編號 貨號 商品コード 品番 商品番号 "
    "型番 상품코드 상품번호 артикул код"
)
_TITLES = _words(
    "title name productname itemname producttitle label bezeichnung titel produktname artikelname "
    "nom titre désignation designation libellé libelle nombre título titulo nome titolo "
    "denominazione 名称 标题 商品名称 产品名称 品名 名稱 標題 商品名稱 商品名 タイトル 名前 "
    "상품명 제목 название наименование nazwa název"
)
_PRICES = _words(
    "price saleprice listprice amount cost preis verkaufspreis vkpreis prix tarif precio prezzo "
    "价格 售价 单价 價格 售價 単価 価格 販売価格 가격 цена cena"
)
_OTHERS = _words(
    "brand category description currency color colour size url link image stock availability "
    "quantity rating review text user userid product event eventname eventtype time timestamp date "
    "orderid customerid reviewid visitorid eventtime "
    "marke kategorie beschreibung farbe größe groesse währung bestand menge hersteller datum "
    "marque catégorie categorie couleur taille quantité marca categoría categoria "
    "descripción descripcion talla cantidad moneda descrizione colore taglia quantità valuta "
    "品牌 分类 类目 描述 颜色 尺寸 库存 数量 品類 顏色 庫存 ブランド カテゴリ カテゴリー 説明 "
    "色 サイズ 在庫 브랜드 카테고리 색상 재고 бренд категория описание цвет"
)
_ACTIONS = _words(
    "event eventname eventtype userid user rating stars timestamp eventtime customerid visitorid "
    "orderid reviewid"
)
_PRODUCT = _words(
    "product article shopitem catalogitem artikel produkt produit produto producto artículo "
    "articulo prodotto articolo sku 商品 产品 產品 製品 상품 товар tovar"
)
_PRODUCTS = _PRODUCT | _words(
    "products productlist articles shopitems artikelliste produkte produits produtos productos "
    "artículos articulos prodotti articoli skus goods 商品列表 产品列表 商品一覧 商品リスト "
    "상품목록 товары"
)
_ROWS = _words(
    "offer offers item items entry entries row rows record records result results data hits docs "
    "documents elements list nodes edges values objects content review reviews event events order "
    "orders zeile datensatz ligne fila riga 列表 数据 データ 항목"
)
_ROW = _words(
    "offer item entry row record result doc document element node object review event order "
    "zeile datensatz ligne fila riga 항목"
)
_PARTS = _words(
    "image images imgs pictures photos media gallery variant variants option options attribute "
    "attributes feature features spec specs specification specifications param params property "
    "properties tag tags category categories categorie kategorie kategorien catégories categorías "
    "prices currency currencies links facets filters breadcrumbs languages stores channels bilder "
    "varianten eigenschaften merkmale imágenes imagenes immagini 图片 规格 属性 分类 类目 画像 "
    "カテゴリ errors warnings meta included shipping delivery"
)


def plain_name(name: str) -> str:
    """Return a name without case, spaces and signs, as names are compared.

    Example:
        >>> plain_name("Product_ID")
        'productid'
    """
    return _SIGNS.sub("", name.casefold())


def is_column_word(name: str) -> bool:
    """Return whether a name is, or ends in, a word that names a column of a feed."""
    parts = _SIGNS.split(_HUMP.sub(" ", name.strip()).casefold())
    words = {plain_name(name), parts[0], parts[-1]}
    return any(words & known for known in (_IDS, _TITLES, _PRICES, _OTHERS))


def looks_like_record(names: Iterable[str]) -> bool:
    """Return whether names are those of one product, review or event rather than of a list."""
    plain = {plain_name(name) for name in names}
    title, price = bool(plain & _TITLES), bool(plain & _PRICES)
    id_ = bool(plain & _IDS) or any(name.endswith("id") for name in plain)
    return (title and (id_ or price)) or (id_ and price) or len(plain & _ACTIONS) >= 2


def looks_like_product(names: Iterable[str]) -> bool:
    """Return whether names are those of a product: a price with an id or title."""
    plain = {plain_name(name) for name in names}
    return bool(plain & _PRICES) and bool(plain & (_IDS | _TITLES))


def rank_of_list(name: str) -> int:
    """Return how well a list's name says that it holds rows.

    Returns:
        3 for products, 2 for rows, 1 for any other name, 0 for parts of a product.
    """
    plain = plain_name(name)
    if plain in _PRODUCTS:
        return 3
    if plain in _ROWS:
        return 2
    return 0 if plain in _PARTS else 1


def rank_of_element(name: str) -> int:
    """Return how well an element's name says that it is a row, as `rank_of_list` does."""
    plain = plain_name(name)
    if plain in _PRODUCT or plain == "offer":
        return 3
    if plain in _ROW:
        return 2
    return 0 if plain in _PARTS else 1


__all__ = [
    "is_column_word",
    "looks_like_product",
    "looks_like_record",
    "plain_name",
    "rank_of_element",
    "rank_of_list",
]
