"""Feeds of an invented shop in several languages, for proposals of mappings."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAMES = {
    "de": (
        "Artikelnummer;Artikelbezeichnung;Hersteller;Beschreibung;Warengruppe;VK-Preis;"
        "EK-Preis;EAN;Gewicht (kg);Farbe;Verfügbarkeit;Produktlink;Bild-URL;"
        "Erscheinungsdatum"
    ),
    "zh": (
        "商品编号;商品名称;品牌;商品描述;类目;价格;成本价;条形码;重量(公斤);颜色;库存状态;"
        "商品链接;主图;上市时间"
    ),
    "fr": (
        "Référence;Désignation;Marque;Descriptif;Catégorie;Prix TTC;Prix d'achat;Code barre;"
        "Poids (kg);Couleur;Disponibilité;Lien;Image;Date de sortie"
    ),
    "es": (
        "Código;Nombre;Marca;Descripción;Categoría;Precio;Coste;Código de barras;Peso (kg);"
        "Color;Disponibilidad;Enlace;Imagen;Fecha de lanzamiento"
    ),
    "it": (
        "Codice;Nome prodotto;Marca;Descrizione;Categoria;Prezzo;Costo;Codice a barre;"
        "Peso (kg);Colore;Disponibilità;Link prodotto;Immagine;Data di uscita"
    ),
    "ja": (
        "商品番号;商品名;ブランド;商品説明;カテゴリ;販売価格;仕入価格;JANコード;重量(kg);"
        "カラー;在庫状況;商品URL;画像URL;発売日"
    ),
    "en": (
        "SKU;ProductTitle;Manufacturer;long_description;Category Path;Selling Price;"
        "Cost per item;Barcode;WeightKg (kg);PrimaryColor;Stock Status;Product URL;"
        "main-image;Release Date"
    ),
    "nl": (
        "Artikelcode;Productnaam;Merk;Omschrijving;Categorie;Verkoopprijs;Inkoopprijs;EAN;"
        "Gewicht (kg);Kleur;Beschikbaarheid;Productlink;Afbeelding;Verschijningsdatum"
    ),
    "pl": (
        "Kod produktu;Nazwa;Producent;Opis;Kategoria;Cena brutto;Cena zakupu;Kod kreskowy;"
        "Waga (kg);Kolor;Dostępność;Link do produktu;Zdjęcie;Data premiery"
    ),
    "ru": (
        "Артикул;Наименование;Бренд;Описание;Категория;Цена;Закупочная цена;Штрихкод;"
        "Вес (kg);Цвет;Наличие;Ссылка;Изображение;Дата выхода"
    ),
}
"""Column names by language, in the order of `FIELDS`."""
FIELDS = (
    "id", "title", "brand", "description", "category", "price", "cost", "gtins", "weight", "colour",
    "availability", "url", "image_url", "released",
)  # fmt: skip
_BRANDS = ("Nordlauf", "Sund", "Brelo")
_COLOURS = ("red", "blue", "green")


def gtin(number: int) -> str:
    """Return a GTIN-13 with a right check digit."""
    digits = f"{400000000000 + number * 7919:012d}"
    total = sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(digits))
    return digits + str(-total % 10)


def shop_rows(count: int = 40) -> list[list[str]]:
    """Return rows in the order of `FIELDS`."""
    return [
        [
            f"A-{1000 + n}",
            f"Kettle model {n} with lid",
            _BRANDS[n % 3],
            f"<p>A kettle of steel, number {n}, that boils <b>quickly</b> and pours well.</p>",
            ("Home > Kitchen > Kettles", "Home > Bath > Bowls")[n % 2],
            f"{20 + n},90 €",
            f"{10 + n % 7},00 €",
            gtin(n),
            f"{1 + n / 10:.1f}",
            _COLOURS[n % 3],
            ("in stock", "out of stock")[n % 2],
            f"https://shop.example/p/{n}",
            f"https://shop.example/i/{n}.jpg",
            f"{1 + n % 28:02d}.{1 + n % 12:02d}.2025",
        ]
        for n in range(count)
    ]


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """Write a table with semicolons."""
    text = io.StringIO()
    table = csv.writer(text, delimiter=";", lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path
