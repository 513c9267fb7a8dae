// Everything that the graph holds of one shopper.
// Parameters: user
// Returns: no row for an unknown shopper, else one: user, events, reviews (each with products and
//   aspects), orders (each with parts), conversations (each with turns), searches (served lists of
//   searches that the shopper's events respond to), earlier (records kept for a roll-back), requests
//   (kept answers to mutations), reads (of these data)
// Index: user_key, change_user, dataaccess_user; a scan of the requests of a day
MATCH (u:User {key: $user})
RETURN u {.*} AS user,
  COLLECT {
    MATCH (u)-[:PERFORMED]->(e:Event)
    RETURN e {.*, products: [(e)-[:ON]->(p) | p.key]} ORDER BY e.time, e.key
  } AS events,
  COLLECT {
    MATCH (u)-[:WROTE]->(r:Review)
    RETURN r {.*, products: [(r)-[:REVIEWS]->(p) | p.key],
      aspects: [(r)-[m:MENTIONS]->(v) | {aspect: v.key, sentiment: m.sentiment}]}
    ORDER BY r.time, r.key
  } AS reviews,
  COLLECT {
    MATCH (u)-[:PLACED]->(o:Order)
    RETURN o {.*, parts: COLLECT {
      MATCH (o)-[r]->(part) WHERE part:OrderLine OR part:Shipment OR part:Return
      RETURN part {.*, relation: type(r), products: [(part)-->(p:Product) | p.key]}
      ORDER BY part.key
    }} ORDER BY o.key
  } AS orders,
  COLLECT {
    MATCH (u)-[:HELD]->(c:Conversation)
    RETURN c {.*, turns: COLLECT {
      MATCH (c)-[:HAS_TURN]->(t:Turn) RETURN t {.*} ORDER BY t.number
    }} ORDER BY c.started
  } AS conversations,
  COLLECT {
    MATCH (u)-[:PERFORMED]->(:Event)-[:RESPONDS_TO]->(s:Served)
    WHERE s.query IS NOT NULL
    WITH DISTINCT s
    RETURN s {.*} ORDER BY s.time
  } AS searches,
  COLLECT { MATCH (c:Change {user: $user}) RETURN c {.*} ORDER BY c.key } AS earlier,
  COLLECT {
    MATCH (r:Request) WHERE $user IN r.users RETURN r {.*} ORDER BY r.claimed
  } AS requests,
  COLLECT {
    MATCH (a:DataAccess {user: $user}) RETURN a {.time, .reader, .field} ORDER BY a.time
  } AS reads
