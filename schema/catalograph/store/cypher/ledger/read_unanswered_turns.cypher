// Turns that had no answer, were left to a person, or were found unhelpful; the newest first.
// Parameters: since, limit
// Returns: time, text, language, intents, status, sentiment, hand_over, helpful, comment; no keys,
//   since the key of an anonymous conversation is its owner's secret
// Index: conversation_changed
MATCH (c:Conversation) WHERE c.changed >= $since
MATCH (c)-[:HAS_TURN]->(t:Turn)
WHERE t.time >= $since
  AND (t.status IN ['unknown', 'handed_over'] OR t.hand_over IS NOT NULL OR t.helpful = false)
RETURN t.time AS time, t.text AS text, t.language AS language, t.intents AS intents,
  t.status AS status, t.sentiment AS sentiment, t.hand_over AS hand_over, t.helpful AS helpful,
  t.comment AS comment
ORDER BY time DESC, t.key LIMIT $limit
