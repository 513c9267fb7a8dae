// Title: From view to purchase
// Question: How many shoppers who look at a brand put it into the cart, and how many buy it?
// Title zh: 从浏览到购买
// Question zh: 看过某品牌的顾客中，多少人加入购物车，多少人购买？
// Empty: No shopper viewed or clicked a product that has a brand.
// Column: brand STRING: name
// Column: lookers INTEGER: shoppers who viewed or clicked one of its products
// Column: carts INTEGER: of these, who put one into the cart
// Column: buyers INTEGER: of these, who bought one
// Column: conversion FLOAT: buyers over lookers
MATCH (b:Brand)<-[:HAS_BRAND]-(:Product)<-[:ON]-(e:Event)<-[:PERFORMED]-(u:User)
WITH b, u, collect(DISTINCT e.kind) AS kinds
WHERE 'view' IN kinds OR 'click' IN kinds
WITH b, count(u) AS lookers, count(CASE WHEN 'cart' IN kinds THEN 1 END) AS carts,
  count(CASE WHEN 'purchase' IN kinds THEN 1 END) AS buyers
RETURN b.name AS brand, lookers, carts, buyers, round(1.0 * buyers / lookers, 3) AS conversion
ORDER BY lookers DESC, brand
