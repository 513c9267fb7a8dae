import { expect, test } from "vitest";
import { columnsOf, shownFields, withColumns } from "./mapping";

const field = (name: string, several = false, required = false) => ({ name, several, required });

test("columns are found in every form of a field", () => {
  const mapping = {
    title: "Name",
    id: ["SKU", "Shop"],
    price: { column: "Price", divide_by: 100 },
    category: { columns: ["Group"], split: ">" },
    attributes: [{ column: "Colour", attribute: "colour" }],
    options: [{ pairs: "options" }],
  };
  expect(columnsOf(mapping, "title")).toEqual(["Name"]);
  expect(columnsOf(mapping, "id")).toEqual(["SKU", "Shop"]);
  expect(columnsOf(mapping, "price")).toEqual(["Price"]);
  expect(columnsOf(mapping, "category")).toEqual(["Group"]);
  expect(columnsOf(mapping, "attributes")).toEqual(["Colour"]);
  expect(columnsOf(mapping, "options")).toBeUndefined();
  expect(columnsOf(mapping, "brand")).toEqual([]);
});

test("another column keeps what else the field says", () => {
  const mapping = { price: { column: "Price", divide_by: 100 }, title: "Name" };
  expect(withColumns(mapping, field("price"), ["Cost"])).toEqual({
    price: { column: "Cost", divide_by: 100 },
    title: "Name",
  });
  expect(withColumns(mapping, field("title"), [])).toEqual({ price: mapping.price });
  expect(withColumns(mapping, field("id", true), ["SKU"])).toEqual({ ...mapping, id: ["SKU"] });
  expect(withColumns({ category: { columns: ["A"], split: ">" } }, field("category", true), ["B", "C"])).toEqual({
    category: { columns: ["B", "C"], split: ">" },
  });
});

test("an attribute is named as its column, unless it has a name", () => {
  const mapping = { attributes: [{ column: "Colour", attribute: "colour" }] };
  expect(withColumns(mapping, field("attributes", true), ["Colour", "Size"])).toEqual({
    attributes: [
      { column: "Colour", attribute: "colour" },
      { column: "Size", attribute: "Size" },
    ],
  });
});

test("required and mapped fields are shown", () => {
  const fields = [field("id", true, true), field("brand"), field("price")];
  expect(shownFields(fields, { price: "Price" }).map((one) => one.name)).toEqual(["id", "price"]);
});
