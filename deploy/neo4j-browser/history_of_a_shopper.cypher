// What a shopper did last
MATCH path = (u:User {key: $user})-[:PERFORMED]->(e:Event)-[:ON]->(:Product)
RETURN path ORDER BY e.time DESC LIMIT 30
