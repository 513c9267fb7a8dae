"""Compile query plans to Cypher; names come from the allow-list, all values are parameters."""

from collections.abc import Sequence

from catalograph.schema import ONTOLOGY
from catalograph.schema.keys import label_of
from catalograph.schema.query_plan import (
    AggregatePlan,
    FindPlan,
    GraphStep,
    OpinionPlan,
    PathPlan,
    Period,
    ProductSet,
    ValueGroup,
    direct_steps,
)
from catalograph.store.queries.api_queries import OUT_OF_STOCK
from catalograph.store.queries.projection import CompiledStatement, Filter, PriceBasis
from catalograph.store.queries.projection.compile import StatementScope
from catalograph.store.queries.projection.fields import FIELDS, PRODUCT_PAGE, ComputedExpression
from catalograph.store.queries.projection.insertion import product_conditions
from catalograph.store.queries.projection.prices import COMPARABLE_PRICE, with_rates
from catalograph.store.queries.vocabulary import word_pattern

_STATED = "|".join(one.name for one in ONTOLOGY.facts if not one.along)
_EXCLUSIONS = {"Brand": "not_brands", "Category": "not_categories", "Value": "without_value"}
_EXAMPLES = 5
_QUOTES = 3
_ASPECTS = 200
_PROPERTIES = (
    "title", "listed", "description", "price", "price_amount", "sale_price", "sale_price_amount",
    "currency", "availability", "availability_status", "quantity", "url", "language", "changed",
    "title_languages", "title_translations",
)  # fmt: skip
_RECORD = "COLLECT { MATCH (p)<-[:DESCRIBES]-(s:Source) RETURN s.key ORDER BY s.key }[0]"


def _expression_of(type_: str, name: str, variable: str) -> str:
    spec = FIELDS[type_][name]
    if not isinstance(spec, ComputedExpression):
        raise TypeError(f"{type_}.{name} is not computed")
    return spec.text.replace("{n}", variable)


_PRODUCT = (
    f"p {{.key, {', '.join(f'.{name}' for name in _PROPERTIES)}, record: {_RECORD}, "
    f"summary: {_expression_of('Product', 'review_summary', 'p')}, "
    f"facts: COLLECT {{ MATCH (p)-[f:{_STATED}]->(t) "
    "RETURN {relation: type(f), key: t.key, name: coalesce(t.name, t.title, t.id), "
    "attribute: t.attribute, number: t.number, unit: t.unit, path: t.path, "
    f"written: {_expression_of('Value', 'written', 't')}, "
    "guessed: guesses AND EXISTS { MATCH (a:Assertion {key: 'assertion:' + p.key + '\\t' + type(f) "
    "+ '\\t' + t.key}) WHERE NOT EXISTS { (a)-[u:SUPPORTED_BY]->() WHERE u.origin <> 'IMPUTED' } }"
    "} ORDER BY type(f), t.key } }"
)
"""Map of a product with all that is stated of it; `guesses` tells whether imputed facts show."""
_GUESSES = "WITH EXISTS { (:GraphState {imputed: 'show'}) } AS guesses"


def filters_of(products: ProductSet) -> list[Filter]:
    """Return the conditions of a set of products, by names of the allow-list."""
    given: dict[str, object] = {
        "keys": list(products.products),
        "brands": list(products.brands),
        "categories": list(products.categories),
        "fits": list(products.fits),
        "each_value": [
            *(_one_of(group) for group in products.values),
            *({"keys": [], "title": word_pattern(word)} for word in products.words),
        ],
        "in_stock": list(OUT_OF_STOCK) if products.in_stock else [],
    }
    for key in products.without:
        given.setdefault(_EXCLUSIONS[label_of(key)], []).append(key)  # type: ignore[attr-defined]
    given["without_word"] = [word_pattern(word) for word in products.without_words]
    for name in ("price_min", "price_max", "rating_min"):
        given[name] = getattr(products, name)
    return [Filter(name, value) for name, value in given.items() if value not in (None, [])]


def _one_of(group: ValueGroup) -> dict[str, object]:
    return {
        "keys": list(group.keys),
        "title": word_pattern(group.word) if group.word else None,
    }


def match_products(products: ProductSet, prices: PriceBasis, names: StatementScope) -> str:
    """Return the clauses that bind `p` to each product of a set once.

    They start at the named nodes, so that only an open set takes a scan.

    Args:
        products: the set.
        prices: currency in which prices are compared, if the set names none.
        names: names of the statement.
    """
    if products.currency is not None:
        prices = PriceBasis(products.currency, prices.rates)
    conditions = ["p.listed", *product_conditions(filters_of(products), "p", prices, names)]
    return f"{_anchor(products, names)}\nWITH DISTINCT p WHERE {' AND '.join(conditions)}"


def _anchor(products: ProductSet, names: StatementScope) -> str:
    if products.products:
        return f"MATCH (p:Product) WHERE p.key IN {names.parameter(list(products.products))}"
    if products.fits:
        fits = "<-[:COMPATIBLE_WITH|PART_OF]-(p:Product) RETURN p"
        return (
            f"UNWIND {names.parameter(list(products.fits))} AS fit CALL (fit) {{ "
            f"MATCH (:Value {{key: fit}}){fits} UNION MATCH (:Product {{key: fit}}){fits} }}"
        )
    if products.brands:
        brands = names.parameter(list(products.brands))
        return f"MATCH (b:Brand)<-[:HAS_BRAND]-(p:Product) WHERE b.key IN {brands}"
    stated = next((group for group in products.values if not group.word), None)
    if stated is not None:
        values = names.parameter(list(stated.keys))
        return f"MATCH (v:Value)<-[:HAS_VALUE]-(p:Product) WHERE v.key IN {values}"
    if products.categories:
        categories = names.parameter(list(products.categories))
        return (
            "MATCH (c:Category)<-[:CHILD_OF*0..]-(:Category)<-[:IN_CATEGORY]-(p:Product) "
            f"WHERE c.key IN {categories}"
        )
    return "MATCH (p:Product)"


def find_statement(plan: FindPlan, prices: PriceBasis) -> CompiledStatement:
    """Build the statement that reads products of a set: one row with `total` and `rows`."""
    names = StatementScope()
    matched, order = order_products(plan, prices, names)
    limit = names.parameter(plan.limit)
    return CompiledStatement(
        f"{_GUESSES}\n"
        f"CALL () {{\n{matched}\nRETURN count(p) AS total\n}}\n"
        f"CALL (guesses) {{\n{matched}\nWITH p, guesses ORDER BY {order} LIMIT {limit}\n"
        f"RETURN collect({_PRODUCT}) AS rows\n}}\nRETURN total, rows",
        names.parameters,
    )


def order_products(plan: FindPlan, prices: PriceBasis, names: StatementScope) -> tuple[str, str]:
    """Return the clauses that bind `p` to the products of a plan, and what they are ordered by."""
    matched = match_products(plan.of, prices, names)
    sort = PRODUCT_PAGE.sorts[plan.order]
    code = plan.of.currency or prices.currency or ""
    if any("{currency}" in text for text in sort.by):
        # A product without a comparable price has no place in an order by price.
        code = names.parameter(code)
        matched = f"{matched}\nWITH p WHERE ({_fill_price(code)}) IS NOT NULL"
    order = ", ".join(
        f"{with_rates(text, None)}{' DESC' if descending else ''}"
        for text, descending in zip(sort.by, sort.descending, strict=True)
        if text != "{currency}"
    )
    return matched, order.replace("{m}", "p").replace("{currency}", code)


def facts_statement(keys: Sequence[str]) -> CompiledStatement:
    """Build the statement that reads what is stated of products: one row with `rows`."""
    names = StatementScope()
    return CompiledStatement(
        f"{_GUESSES}\nUNWIND {names.parameter(list(keys))} AS key\n"
        f"MATCH (p:Product {{key: key}})\nRETURN collect({_PRODUCT}) AS rows",
        names.parameters,
    )


def aggregate_statement(plan: AggregatePlan, prices: PriceBasis) -> CompiledStatement:
    """Build the statement that computes a number: rows with the fields of `AggregateRow`."""
    names = StatementScope()
    matched = match_products(plan.of, prices, names)
    measured = {
        "products": "1.0",
        "price": f"({_fill_price(names.parameter(plan.of.currency or prices.currency or ''))})",
        "rating": f"{_expression_of('Product', 'review_summary', 'p')}.average_rating",
        "attribute": "m.number",
    }[plan.measure]
    clauses = [matched]
    unit = "null"
    if plan.measure == "attribute":
        key = names.parameter(plan.attribute)
        clauses.append(
            f"MATCH (p)-[:HAS_VALUE]->(m:Value)-[:VALUE_OF]->(:Attribute {{key: {key}}})"
        )
        unit = "m.unit"
    group = "null"
    if plan.by is not None:
        clauses.append(_group(plan, names))
        group = "g"
    way = " DESC" if plan.function == "max" else ""
    number = {"count": "toFloat(count(DISTINCT p))", "mean": "avg(n)"}.get(
        plan.function, f"{plan.function}(n)"
    )
    clauses += [
        f"WITH DISTINCT p, {measured} AS n, {unit} AS unit, {group} AS g",
        f"WITH p, n, unit, g WHERE n IS NOT NULL ORDER BY n{way}, p.key",
        # Numbers of two units are never one number.
        f"WITH g, unit, {number} AS number, count(DISTINCT p) AS products, "
        f"collect(p {{.key, .title, record: {_RECORD}}})[..{_EXAMPLES}] AS examples",
        "WITH g, collect({unit: unit, number: number, products: products, examples: examples}) AS "
        "units UNWIND units AS one WITH g, one ORDER BY one.products DESC, one.unit "
        "WITH g, head(collect(one)) AS one",
        "RETURN g.key AS key, g.name AS name, one.number AS number, one.products AS products, "
        "one.unit AS unit, one.examples AS examples",
        f"ORDER BY number{' DESC' if plan.descending else ''}, key "
        f"LIMIT {names.parameter(plan.limit)}",
    ]
    return CompiledStatement("\n".join(clauses), names.parameters)


def _group(plan: AggregatePlan, names: StatementScope) -> str:
    if plan.by == "brand":
        return "MATCH (p)-[:HAS_BRAND]->(g:Brand)"
    if plan.by == "category":
        return "MATCH (p)-[:IN_CATEGORY]->(g:Category)"
    key = names.parameter(plan.group)
    return f"MATCH (p)-[:HAS_VALUE]->(g:Value)-[:VALUE_OF]->(:Attribute {{key: {key}}})"


def path_statement(plan: PathPlan, prices: PriceBasis) -> CompiledStatement:
    """Build the statement that follows a path: rows with the fields of `EndRow`."""
    names = StatementScope()
    if plan.start:
        clauses = [f"MATCH (n0:{plan.label}) WHERE n0.key IN {names.parameter(list(plan.start))}"]
    else:
        clauses = [match_products(plan.of, prices, names), "WITH p AS n0"]
    steps = zip(plan.steps, direct_steps(plan.label, plan.steps), strict=True)
    clauses += [_step(n, step, names, forward=forward) for n, (step, forward) in enumerate(steps)]
    last = f"n{len(plan.steps)}"
    nodes = [f"n{n}" for n in range(len(plan.steps) + 1)]
    conditions = [f"NOT {last} IN [{', '.join(nodes[:-1])}]"] if plan.leave_start else []
    if plan.steps[-1].to == "Product":
        priced = PriceBasis(plan.among.currency or prices.currency, prices.rates)
        conditions += [
            f"{last}.listed",
            *product_conditions(filters_of(plan.among), last, priced, names),
        ]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    keys = ", ".join(f"{node}.key" for node in nodes)
    named = ", ".join(f"coalesce({node}.name, {node}.title, {node}.id)" for node in nodes)
    clauses += [
        f"WITH {', '.join(nodes)}{where}",
        f"WITH {last} AS p, [{keys}] AS nodes, [{named}] AS names ORDER BY nodes",
        "WITH p, count(*) AS paths, head(collect([nodes, names])) AS one",
        f"ORDER BY paths DESC, coalesce(p.popularity, 0.0) DESC, p.key "
        f"LIMIT {names.parameter(plan.limit)}",
        "RETURN p.key AS key, coalesce(p.name, p.title, p.id) AS name, paths, one[0] AS nodes, "
        f"one[1] AS names, {_RECORD} AS record",
    ]
    return CompiledStatement("\n".join(clauses), names.parameters)


def _step(n: int, step: GraphStep, names: StatementScope, *, forward: bool) -> str:
    here, there = f"n{n}", f"n{n + 1}"
    edge = f"-[:{step.relation}]->" if forward else f"<-[:{step.relation}]-"
    if step.relation == "IN_CATEGORY" and not forward:
        edge = "<-[:CHILD_OF*0..]-(:Category)<-[:IN_CATEGORY]-"
    text = f"MATCH ({here}){edge}({there}:{step.to})"
    if step.attribute is None:
        return text
    return f"{text} WHERE {there}.attribute = {names.parameter(step.attribute)}"


def within_period(period: Period | None, names: StatementScope) -> str:
    """Return the condition that a review `r` is of a period; blank without one."""
    if period is None:
        return ""
    return f" WHERE {names.parameter(period.begin)} <= r.time < {names.parameter(period.end)}"


def opinion_statement(plan: OpinionPlan, prices: PriceBasis) -> CompiledStatement:
    """Build the statement that reads what reviews say: one row with the fields of `OpinionRows`."""
    names = StatementScope()
    matched = match_products(plan.of, prices, names)
    aspects = names.parameter(list(plan.aspects))
    wanted = names.parameter(plan.sentiment)
    return CompiledStatement(
        f"{matched}\nMATCH (p)<-[:REVIEWS]-(r:Review){within_period(plan.period, names)}\n"
        "WITH p, r ORDER BY coalesce(r.time.epochMillis, -1) DESC, r.key\n"
        "WITH collect({product: p.key, review: r}) AS found\n"
        "WITH found, [one IN found WHERE one.review.rating IS NOT NULL] AS rated\n"
        "RETURN size(found) AS reviews, size(rated) AS rated,\n"
        "  CASE WHEN size(rated) > 0 THEN reduce(s = 0.0, one IN rated | s + one.review.rating) "
        "/ size(rated) END AS rating,\n"
        f"  [one IN found | one.review.key][..{_EXAMPLES}] AS examples,\n"
        "  COLLECT {\n    UNWIND found AS one\n"
        "    WITH one.product AS product, one.review AS r\n"
        "    MATCH (r)-[m:MENTIONS]->(a:Value)\n"
        f"    WHERE (size({aspects}) = 0 OR a.key IN {aspects})\n"
        f"      AND ({wanted} IS NULL OR m.sentiment = {wanted})\n"
        "    WITH a, m.sentiment AS sentiment, count(DISTINCT r) AS said,\n"
        "      collect({review: r.key, product: product, text: r[coalesce(m.field, 'text')], "
        f"start: m.start, end: m.end, sentiment: m.sentiment}})[..{_QUOTES}] AS quotes\n"
        "    WITH a, collect({sentiment: sentiment, said: said, quotes: quotes}) AS moods\n"
        "    WITH a, moods, reduce(n = 0, mood IN moods | n + mood.said) AS said\n"
        f"    ORDER BY said DESC, a.key LIMIT {_ASPECTS}\n"
        "    RETURN {key: a.key, name: a.name, moods: moods}\n  } AS aspects",
        names.parameters,
    )


def _fill_price(code: str) -> str:
    """Return the expression of a product's price in one currency, without conversion."""
    return with_rates(COMPARABLE_PRICE, None).replace("{m}", "p").replace("{currency}", code)


def asserted_keys(plan: PathPlan, nodes: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return the assertions of a path: key, and the places of head and tail among its nodes.

    Args:
        plan: plan of the path.
        nodes: keys of its nodes, from the start.
    """
    asserted = {one.name for one in ONTOLOGY.facts}
    found = []
    for n, forward in enumerate(direct_steps(plan.label, plan.steps)):
        relation = plan.steps[n].relation
        if relation in asserted:
            head, tail = (n, n + 1) if forward else (n + 1, n)
            found.append((f"assertion:{nodes[head]}\t{relation}\t{nodes[tail]}", head, tail))
    return found
