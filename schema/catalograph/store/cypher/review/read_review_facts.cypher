// Decided questions about facts of products.
// Parameters: products (keys)
// Returns: item (all properties), opinions (none: the verdict in force is on the item)
// Index: reviewitem_product
UNWIND $products AS product
MATCH (i:ReviewItem {product: product})
WHERE i.tail IS NOT NULL AND i.verdict IS NOT NULL
RETURN i {.*} AS item, [] AS opinions
ORDER BY i.product, i.key
