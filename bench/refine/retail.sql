SELECT invoiceNo AS invoice_no, invoiceDate AS invoice_date, customer.country AS country, customer.id AS customer_id,
       line.quantity AS quantity, line.unitPrice AS unit_price, line.invoiceDate AS recorded_at,
       line.product.stockCode AS product_stock_code, line.product.description AS product_description
FROM (
  SELECT invoiceNo, invoiceDate, customer, unnest(lines) AS line
  FROM read_ndjson('{file}', columns = {
    invoiceNo: 'VARCHAR', invoiceDate: 'TIMESTAMP', customer: 'STRUCT(id BIGINT, country VARCHAR)',
    lines: 'STRUCT(product STRUCT(stockCode VARCHAR, description VARCHAR), quantity BIGINT, unitPrice DECIMAL(18,3), invoiceDate TIMESTAMP)[]'}))
-- check
SELECT count(*) AS "rows silver.invoice_line", sum(quantity) AS "sum silver.invoice_line.quantity",
       sum(unit_price) AS "sum silver.invoice_line.unit_price", sum(customer_id) AS "sum silver.invoice_line.customer_id",
       sum(epoch_us(invoice_date)::HUGEINT) AS "sum silver.invoice_line.invoice_date",
       coalesce(sum(epoch_us(recorded_at)::HUGEINT), 0) AS "sum silver.invoice_line.recorded_at",
       sum(strlen(product_stock_code)) AS "sum silver.invoice_line.product_stock_code",
       sum(strlen(country)) AS "sum silver.invoice_line.country", sum(strlen(invoice_no)) AS "sum silver.invoice_line.invoice_no"
FROM extraction
