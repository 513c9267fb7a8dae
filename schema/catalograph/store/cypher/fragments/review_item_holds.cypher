// Fragment: further conditions of a WHERE: the item may be asked, as what it is about is there, or
// somebody has decided it already.
// Needs: i (ReviewItem)
// Adds: nothing
  AND (i.opinions > 0
    OR EXISTS { MATCH (:Product {key: i.subject}) }
    OR EXISTS { MATCH (:Cluster {key: i.subject, kind: 'aside'}) }
    OR EXISTS { MATCH (c:Content {key: i.subject}) WHERE c.accepted IS NULL }
    OR EXISTS { MATCH (:Turn {key: i.subject}) })
