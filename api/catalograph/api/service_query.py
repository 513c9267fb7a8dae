"""Fields of the Query type about documents and orders."""

from typing import Annotated

import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, resolved_field
from catalograph.api.execution import CompletedValue, node_plan, object_plan
from catalograph.api.inputs import check_first, check_key, check_user_key, lucene_text
from catalograph.api.personal_reads import note_read
from catalograph.api.search import answer_page
from catalograph.api.types.connection import (
    After,
    Before,
    First,
    Last,
    RecordSort,
    RelayConnection,
)
from catalograph.api.types.service import Document, Order, PassageMatch
from catalograph.errors import InvalidInputError
from catalograph.schema.service import DocumentKind
from catalograph.store.queries import api_queries
from catalograph.store.queries.passages import PassageFilter
from catalograph.store.queries.projection import Filter, Selection

_Kind = Annotated[DocumentKind | None, describe_argument("Only documents of this kind.")]
_Language = Annotated[str | None, describe_argument("Only this language: a tag of BCP 47.")]
_About = Annotated[
    str | None, describe_argument("Only about this product, brand or category: its key.")
]
_PassagesAbout = Annotated[
    str | None,
    describe_argument(
        "Only about this product, brand or category: its key. What is about a product's brand, its "
        "categories or those above them is about the product too, and ranks behind its own."
    ),
]
_Favour = Annotated[
    str | None,
    describe_argument(
        "Key of a product, brand or category. Passages that `about` would keep rank higher; others "
        "stay."
    ),
]


@strawberry.type
class ServiceQuery:
    """Fields of the Query type about documents and orders."""

    @resolved_field("One document by key.", Document | None)
    async def document(
        self, info: Info, key: Annotated[str, describe_argument("`document:<source>:<id>`.")]
    ) -> CompletedValue | None:
        """Read by key."""
        plan = node_plan(info, "Document")
        wanted = check_key("key", key, "Document")
        row = await api_queries.read_node(info.context.connection, plan.statement, wanted)
        return None if row is None else CompletedValue(plan.shape(row))

    @resolved_field("Documents of the shop, by key.", RelayConnection[Document])
    async def documents(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        kind: _Kind = None,
        language: _Language = None,
        about: _About = None,
    ) -> CompletedValue:
        """Find a page."""
        paging = {"first": first, "after": after, "last": last, "before": before}
        given = {"kind": kind and kind.value, "language": language, "about": about}
        filters = [Filter(name, value) for name, value in given.items() if value is not None]
        return await answer_page(info, "documents", "DocumentConnection", paging, filters=filters)

    @resolved_field(
        "Passages of documents for a question, by its words and its meaning, the best first.",
        list[PassageMatch],
    )
    async def passages(
        self,
        info: Info,
        query: Annotated[
            str, describe_argument("Question or words, without a syntax of their own.")
        ],
        first: Annotated[int, describe_argument("How many at most: 1 to 100.")] = 5,
        kind: _Kind = None,
        language: _Language = None,
        about: _PassagesAbout = None,
        favour: _Favour = None,
    ) -> CompletedValue:
        """Search."""
        plan = object_plan(info)
        lucene_text(query)  # refuses a blank or long one
        found = await info.context.services.passages.find(
            info.context.connection,
            query,
            PassageFilter(kind and kind.value, language, about),
            check_first(first),
            plan.selections.get("Passage", Selection("Passage")),
            favour=favour,
        )
        matches = [
            PassageMatch(
                score=one.score,
                similarity=one.similarity,
                word_share=one.word_share,
                passage=one.row,  # type: ignore[arg-type]
            )
            for one in found
        ]
        return CompletedValue(plan.shape(matches))

    @resolved_field(
        "Orders of a shopper, newest first; another shopper's need the scope `users:any`.",
        RelayConnection[Order],
        scope="user:read",
    )
    async def orders(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        user_key: Annotated[
            str | None, describe_argument("`user:<source>:<pseudonym>`; null for the caller's own.")
        ] = None,
        order_by: Annotated[
            RecordSort, describe_argument("Order of the list.")
        ] = RecordSort.NEWEST,
    ) -> CompletedValue:
        """Find a page."""
        user = own_user(info.context, None if user_key is None else check_user_key(user_key))
        if user is None:
            raise InvalidInputError("'userKey' is missing: these credentials are no shopper's.")
        await note_read(info.context, "orders", user)
        paging = {"first": first, "after": after, "last": last, "before": before}
        return await answer_page(
            info,
            "orders",
            "OrderConnection",
            paging,
            sort=str(order_by.value),
            filters=[Filter("user", user)],
        )
