"""A typed client of the GraphQL API, generated from its SDL and `api/clients/documents`.

```python
from catalograph.client import Catalograph

with Catalograph("http://127.0.0.1:8000", api_key="…") as catalograph:
    for item in catalograph.recommendations(first=5).items:
        print(item.product.title, item.score, [reason.text for reason in item.reasons])
```

`AsyncCatalograph` is the same for coroutines. It needs httpx and pydantic, and nothing else of
this project. What goes wrong is a `catalograph.errors.ClientError`.
"""

from catalograph.client.generated.async_client import AsyncCatalograph
from catalograph.client.generated.client import Catalograph
from catalograph.client.generated.enums import (
    EventKind,
    FeedbackAction,
    Intent,
    ProductSort,
    SearchMode,
    SuggestionKind,
)
from catalograph.client.generated.fragments import (
    ProductCard,
    RecommendationListParts,
    RecommendationParts,
)
from catalograph.client.generated.input_types import (
    AttributeInput,
    ProductFilter,
    RecordEventInput,
    RecordFeedbackInput,
    SessionEvent,
    UpsertProductInput,
    WriteReviewInput,
)
from catalograph.client.values import UNSET

__all__ = [
    "UNSET",
    "AsyncCatalograph",
    "AttributeInput",
    "Catalograph",
    "EventKind",
    "FeedbackAction",
    "Intent",
    "ProductCard",
    "ProductFilter",
    "ProductSort",
    "RecommendationListParts",
    "RecommendationParts",
    "RecordEventInput",
    "RecordFeedbackInput",
    "SearchMode",
    "SessionEvent",
    "SuggestionKind",
    "UpsertProductInput",
    "WriteReviewInput",
]
