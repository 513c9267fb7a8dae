"""Fields of the Query type about generated texts."""

import asyncio
from typing import Annotated

import strawberry

from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, resolved_field
from catalograph.api.execution import CompletedValue, answer_object
from catalograph.api.inputs import check_key
from catalograph.api.types.content import GeneratedText
from catalograph.schema.generated_content import ContentKind
from catalograph.store.queries.contents import list_contents


@strawberry.type
class ContentQuery:
    """Fields of the Query type about generated texts."""

    @resolved_field(
        "Generated texts about a product, the best of each kind first. A text whose sources "
        "changed is not among them.",
        list[GeneratedText],
    )
    async def contents(
        self,
        info: Info,
        product_key: Annotated[str, describe_argument("`product:<source>:<id>`.")],
        kind: Annotated[ContentKind | None, describe_argument("Only this kind.")] = None,
        language: Annotated[
            str | None, describe_argument("Only this language, `en` or `zh`.")
        ] = None,
    ) -> CompletedValue:
        """Read them."""
        key = check_key("productKey", product_key, "Product")
        connection = info.context.services.blocking
        # In a thread: this reader is not asynchronous.
        async with info.context.connection.guard():
            found = await asyncio.to_thread(
                list_contents, connection, key, None if kind is None else str(kind.value), language
            )
        return answer_object(info, [GeneratedText.of_kept(one) for one in found])
