"""What the suite `questions` asks, how each question must be read, and plain SQL of its figures."""

from decimal import Decimal

RETAIL = "giftware"
CI_INVOICES = 2_590
LATER = "2099-01-01"
UNTIL = "2025-03-15"
DECEMBER = ("2010-12-01T00:00:00Z", "2011-01-01T00:00:00Z")
IN_DECEMBER = "invoice_date >= '2010-12-01' AND invoice_date < '2011-01-01'"
NOT_CANCELLED = "invoice_no NOT LIKE 'C%'"
LINES = "silver.invoice_line"


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


def near(actual, expected, what):
    """Exact for whole and decimal figures; a ratio is a double, so there to nine digits."""
    if actual is None or expected is None:
        return same(actual, expected, what)
    left, right = Decimal(str(actual)), Decimal(str(expected))
    assert abs(left - right) <= Decimal("1e-9") * max(abs(left), abs(right)), f"{what}: {actual}, expected {expected}"


def column(name, values, negated=False):
    return {"column": name, "values": values, "negated": negated}


class Question:
    """A question, how it must be read, and the plain SQL of its figures: group columns first, then one column a
    metric; one row without groups."""

    def __init__(self, text, metrics, sql, period=None, segments=(), filters=(), groups=(), grain=None, top=None,
                 ordered=False, arguments=()):
        self.text, self.sql, self.ordered, self.arguments = text, sql, ordered, list(arguments)
        self.metrics, self.period = metrics.split(), period
        self.segments, self.filters, self.groups = list(segments), list(filters), list(groups)
        self.grain, self.top = grain, top


def sales(where="true", extra=""):
    return f"SELECT sum(quantity * unit_price) FROM {LINES} WHERE {NOT_CANCELLED} AND {where} {extra}"


def revenue(where="true"):
    return f"SELECT sum(quantity * unit_price) FROM {LINES} WHERE {where}"


def average(where="true"):
    return (f"SELECT sum(quantity * unit_price) / count(DISTINCT invoice_no) FROM {LINES} WHERE {NOT_CANCELLED} "
            f"AND {where}")


UK = "country = 'United Kingdom'"
MONTH = "date_trunc('month', invoice_date)::DATE"
DAY = "invoice_date::DATE"
AT = ("--as-of", "2010-12-16T12:00:00Z", "--known-at", LATER)

RETAIL_QUESTIONS = [
    Question("What is the revenue in December 2010?", "revenue", revenue(IN_DECEMBER), DECEMBER),
    Question("sales in December 2010", "sales", sales(IN_DECEMBER), DECEMBER),
    Question("show me the total net revenue", "revenue", revenue()),
    Question("revenu in decembr 2010", "revenue", revenue(IN_DECEMBER), DECEMBER),
    Question("gross sales of domestic customers in December 2010", "sales", sales(f"{IN_DECEMBER} AND {UK}"), DECEMBER,
             segments=["domestic_customers"]),
    Question("turnover by country in December 2010", "revenue",
             f"SELECT country, sum(quantity * unit_price) FROM {LINES} WHERE {IN_DECEMBER} GROUP BY 1", DECEMBER,
             groups=["country"]),
    Question("top 5 countries by sales", "sales",
             f"SELECT country, sum(quantity * unit_price) FILTER (WHERE {NOT_CANCELLED}) AS s FROM {LINES} GROUP BY 1 "
             "ORDER BY s DESC NULLS LAST, 1 LIMIT 5", groups=["country"], top=(5, "highest"), ordered=True),
    Question("bottom 3 countries by revenue", "revenue",
             f"SELECT country, sum(quantity * unit_price) AS s FROM {LINES} GROUP BY 1 ORDER BY s, 1 LIMIT 3",
             groups=["country"], top=(3, "lowest"), ordered=True),
    Question("which country has the highest sales in December 2010", "sales",
             f"SELECT country, sum(quantity * unit_price) FILTER (WHERE {NOT_CANCELLED}) AS s FROM {LINES} "
             f"WHERE {IN_DECEMBER} GROUP BY 1 ORDER BY s DESC NULLS LAST, 1 LIMIT 1", DECEMBER, groups=["country"],
             top=(1, "highest"), ordered=True),
    Question("average order value", "average_order_value", average()),
    Question("What's the average order value for foreign customers in December 2010?", "average_order_value",
             average(f"{IN_DECEMBER} AND NOT {UK}"), DECEMBER, segments=["foreign_customers"]),
    Question("aov by country", "average_order_value",
             f"SELECT country, sum(quantity * unit_price) FILTER (WHERE {NOT_CANCELLED}) / nullif(count(DISTINCT "
             f"invoice_no) FILTER (WHERE {NOT_CANCELLED}), 0) FROM {LINES} GROUP BY 1", groups=["country"]),
    Question("orders per day in December 2010", "order_count",
             f"SELECT {DAY}, count(DISTINCT invoice_no) FILTER (WHERE {NOT_CANCELLED}) FROM {LINES} WHERE {IN_DECEMBER} "
             "GROUP BY 1 ORDER BY 1", DECEMBER, grain="day", ordered=True),
    Question("monthly sales", "sales",
             f"SELECT {MONTH}, sum(quantity * unit_price) FILTER (WHERE {NOT_CANCELLED}) FROM {LINES} GROUP BY 1 "
             "ORDER BY 1", grain="month", ordered=True),
    Question("sales by week in Q4 2010", "sales",
             f"SELECT date_trunc('week', invoice_date)::DATE, sum(quantity * unit_price) FILTER (WHERE {NOT_CANCELLED}) "
             f"FROM {LINES} WHERE invoice_date < '2011-01-01' GROUP BY 1 ORDER BY 1",
             ("2010-10-01T00:00:00Z", "2011-01-01T00:00:00Z"), grain="week", ordered=True),
    Question("How many invoices between 2010-12-01 and 2010-12-07", "invoice_count",
             "SELECT count(*) FROM silver.invoice WHERE invoice_date < '2010-12-08'",
             ("2010-12-01T00:00:00Z", "2010-12-08T00:00:00Z")),
    Question("invoices in France", "invoice_count", "SELECT count(*) FROM silver.invoice WHERE country = 'France'",
             filters=[column("country", ["France"])]),
    Question("sales in the United Kingdom and France by month", "sales",
             f"SELECT {MONTH}, sum(quantity * unit_price) FILTER (WHERE {NOT_CANCELLED}) FROM {LINES} WHERE country IN "
             "('United Kingdom', 'France') GROUP BY 1 ORDER BY 1", grain="month", ordered=True,
             filters=[column("country", ["France", "United Kingdom"])]),
    Question("revenue not in the United Kingdom in December 2010", "revenue", revenue(f"NOT {UK} AND {IN_DECEMBER}"),
             DECEMBER, filters=[column("country", ["United Kingdom"], negated=True)]),
    Question("units sold by guests", "units", f"SELECT sum(quantity) FROM {LINES} WHERE customer_id IS NULL",
             segments=["guests"]),
    Question("sales without guests", "sales", sales("customer_id IS NOT NULL")),
    Question("customers in Germany", "customer_count",
             f"SELECT count(DISTINCT customer_id) FROM {LINES} WHERE country = 'Germany'",
             filters=[column("country", ["Germany"])]),
    Question("active customers per month", "customer_count",
             f"SELECT {MONTH}, count(DISTINCT customer_id) FROM {LINES} GROUP BY 1 ORDER BY 1", grain="month",
             ordered=True),
    Question("number of orders on 2010-12-01", "order_count",
             f"SELECT count(DISTINCT invoice_no) FROM {LINES} WHERE {NOT_CANCELLED} AND {DAY} = '2010-12-01'",
             ("2010-12-01T00:00:00Z", "2010-12-02T00:00:00Z")),
    Question("top 3 products by units", "units",
             f"SELECT product_stock_code, sum(quantity) AS s FROM {LINES} GROUP BY 1 ORDER BY s DESC NULLS LAST, 1 LIMIT 3",
             groups=["product_stock_code"], top=(3, "highest"), ordered=True),
    Question("units of product 85123A", "units",
             f"SELECT sum(quantity) FROM {LINES} WHERE product_stock_code = '85123A'",
             filters=[column("product_stock_code", ["85123A"])]),
    Question("units of white hanging heart t-light holder in December 2010", "units",
             f"SELECT sum(l.quantity) FROM {LINES} AS l JOIN silver.product_content AS p ON l.product_stock_code = "
             "p.stock_code AND l.product_content_hash = p.content_hash WHERE p.description = "
             f"'WHITE HANGING HEART T-LIGHT HOLDER' AND {IN_DECEMBER}", DECEMBER,
             filters=[column("product_description", ["WHITE HANGING HEART T-LIGHT HOLDER"])]),
    Question("sales from 2010-12-06 to 2010-12-10 by day", "sales",
             f"SELECT {DAY}, sum(quantity * unit_price) FILTER (WHERE {NOT_CANCELLED}) FROM {LINES} WHERE {DAY} BETWEEN "
             "'2010-12-06' AND '2010-12-10' GROUP BY 1 ORDER BY 1", ("2010-12-06T00:00:00Z", "2010-12-11T00:00:00Z"),
             grain="day", ordered=True),
    Question("sales before 2010-12-03", "sales", sales("invoice_date < '2010-12-03'"), (None, "2010-12-03T00:00:00Z")),
    Question("sales since 2010-12-20", "sales", sales("invoice_date >= '2010-12-20'"), ("2010-12-20T00:00:00Z", None)),
    Question("sales last week", "sales", sales("invoice_date >= '2010-12-06' AND invoice_date < '2010-12-13'"),
             ("2010-12-06T00:00:00Z", "2010-12-13T00:00:00Z"), arguments=AT),
    Question("sales this month", "sales", sales(f"{IN_DECEMBER} AND invoice_date <= '2010-12-16 12:00:00'"), DECEMBER,
             arguments=AT),
    Question("sales yesterday", "sales", sales(f"{DAY} = '2010-12-15'"),
             ("2010-12-15T00:00:00Z", "2010-12-16T00:00:00Z"), arguments=AT),
    Question("orders last 7 days", "order_count",
             f"SELECT count(DISTINCT invoice_no) FROM {LINES} WHERE {NOT_CANCELLED} AND invoice_date > "
             "'2010-12-09 12:00:00' AND invoice_date <= '2010-12-16 12:00:00'",
             ("2010-12-09T12:00:00Z", "2010-12-16T12:00:00Z"), arguments=AT),
    Question("net revenue month to date", "revenue", revenue("invoice_date <= '2010-12-16 12:00:00'"),
             ("2010-11-30T23:59:59.999999Z", "2010-12-16T12:00:00Z"), arguments=AT),
    Question("sales and orders by month", "sales order_count",
             f"SELECT {MONTH}, sum(quantity * unit_price) FILTER (WHERE {NOT_CANCELLED}), count(DISTINCT invoice_no) "
             f"FILTER (WHERE {NOT_CANCELLED}) FROM {LINES} GROUP BY 1 ORDER BY 1", grain="month", ordered=True),
    Question("invoices and units by country", "invoice_count units",
             f"SELECT i.country, i.n, l.s FROM (SELECT country, count(*) AS n FROM silver.invoice GROUP BY 1) AS i "
             "LEFT JOIN (SELECT invoice.country AS c, sum(quantity) AS s FROM silver.invoice_line AS line JOIN "
             "silver.invoice AS invoice USING (record_id) GROUP BY 1) AS l ON l.c IS NOT DISTINCT FROM i.country",
             groups=["country"]),
    Question("how many products", "number_of_product", "SELECT count(DISTINCT stock_code) FROM silver.product_content"),
    Question("how many invoice lines in December 2010", "number_of_invoice_line",
             f"SELECT count(*) FROM {LINES} WHERE {IN_DECEMBER}", DECEMBER),
    Question("invoices of foreign customers", "invoice_count",
             f"SELECT count(*) FROM silver.invoice WHERE NOT {UK}", segments=["foreign_customers"]),
]


def orders(select, where="true"):
    return f'SELECT {select} FROM silver."order" AS o WHERE {where}'


# Orders with their customer, by the content that each order carries.
TIERED = ('silver."order" AS o LEFT JOIN silver.customer_content AS c ON o.customer_id = c.id AND '
          "o.customer_content_hash = c.content_hash")
PRODUCTS = ("silver.order_line AS l LEFT JOIN silver.product_content AS p ON l.product_sku = p.sku AND "
            "l.product_content_hash = p.content_hash")
MARCH = ("2025-03-01T00:00:00Z", "2025-04-01T00:00:00Z")
IN_MARCH = "ordered_at >= '2025-03-01' AND ordered_at < '2025-04-01'"
ON_14 = ("--as-of", "2025-03-14T08:00:00Z", "--known-at", LATER)

COMMERCE_QUESTIONS = [
    Question("What's the average order value for premium customers this month?", "average_order_value",
             f"SELECT sum(total_amount) / count(*) FROM {TIERED} WHERE tier = 'premium' AND {IN_MARCH} AND ordered_at <= "
             "'2025-03-14 08:00:00'", MARCH, segments=["premium_customers"], arguments=ON_14),
    Question("revenue by channel in March 2025", "revenue",
             orders("channel, sum(total_amount)", f"{IN_MARCH} GROUP BY 1"), MARCH, groups=["channel"]),
    Question("orders by tier", "order_count", f"SELECT tier, count(*) FROM {TIERED} GROUP BY 1",
             groups=["customer_tier"]),
    Question("units by category", "units", f"SELECT category, sum(quantity) FROM {PRODUCTS} GROUP BY 1",
             groups=["product_category"]),
    Question("average unit price by department", "average_unit_price",
             f"SELECT category, sum(quantity * unit_price) / sum(quantity) FROM {PRODUCTS} GROUP BY 1",
             groups=["product_category"]),
    Question("units for premium tier", "units",
             f"SELECT sum(quantity) FROM silver.order_line WHERE record_id IN (SELECT o.record_id FROM {TIERED} WHERE "
             "tier = 'premium')", segments=["premium_customers"]),
    Question("units by sales channel", "units",
             'SELECT o.channel, sum(quantity) FROM silver.order_line JOIN silver."order" AS o USING (record_id) GROUP BY 1',
             groups=["channel"]),
    Question("how many online orders in February 2025", "number_of_order",
             orders("count(*)", "channel IN ('web', 'app') AND ordered_at >= '2025-02-01' AND ordered_at < '2025-03-01'"),
             ("2025-02-01T00:00:00Z", "2025-03-01T00:00:00Z"), segments=["online_orders"]),
    Question("revenue and units per month", "revenue units",
             "SELECT a.m, a.r, b.u FROM (SELECT date_trunc('month', ordered_at)::DATE AS m, sum(total_amount) AS r FROM "
             "silver.\"order\" GROUP BY 1) AS a JOIN (SELECT date_trunc('month', ordered_at)::DATE AS m, sum(quantity) "
             "AS u FROM silver.order_line GROUP BY 1) AS b USING (m) ORDER BY 1", grain="month", ordered=True),
    Question("revenue of premium customers and plus customers", "revenue",
             f"SELECT sum(total_amount) FROM {TIERED} WHERE tier IN ('premium', 'plus')",
             segments=["premium_customers", "plus_customers"]),
    Question("units of premium and plus customers", "units",
             f"SELECT sum(quantity) FROM silver.order_line WHERE record_id IN (SELECT o.record_id FROM {TIERED} WHERE "
             "tier IN ('premium', 'plus'))", segments=["plus_customers"], filters=[column("customer_tier", ["premium"])]),
    Question("freight of guests", "shipping_revenue", orders("sum(shipping_amount)", "customer_id IS NULL"),
             segments=["guests"]),
]

REFUSED = [
    ("revenue by weather", ["weather"], "Metrics:"),
    ("what is the churn of guests", ["churn"], "Metrics:"),
    ("sales in Germny", ["Germny"], "'Germany'"),
    ("average revenue", ["average"], "average order value"),
    ("top 5 sales", ["top 5"], "Metrics:"),
    ("invoices by product", ["product"], "Metrics:"),
    ("guests in December", ["metric"], "Metrics:"),
    ("", ["metric"], "Metrics:"),
]
