"""Node and relation types beside the catalogue: texts, conversations, the review queue."""

from catalograph.schema.dialogue import DIALOGUE_NODES, DIALOGUE_RELATIONS
from catalograph.schema.generated_content import CONTENT_NODES, CONTENT_RELATIONS
from catalograph.schema.privacy import PRIVACY_NODES
from catalograph.schema.review import REVIEW_NODES, REVIEW_RELATIONS

ADDITIONAL_NODES = (*CONTENT_NODES, *DIALOGUE_NODES, *PRIVACY_NODES, *REVIEW_NODES)
ADDITIONAL_RELATIONS = (*CONTENT_RELATIONS, *DIALOGUE_RELATIONS, *REVIEW_RELATIONS)
