// Why is this value here: records that state the facts of a product
MATCH path = (a:Assertion)-[:SUPPORTED_BY]->(:Source)
WHERE a.key STARTS WITH 'assertion:' + $product + '\t'
RETURN path LIMIT 100
