-- The lines of the demo's orders with their order, customer and product, from twelve versions of one tenant.
-- Of the forms tried this is DuckDB's fastest: the versions are told apart once, and each record is transformed by its
-- own version's structure only. One `columns` of all versions' keys takes half as long again, since most of it is null
-- in each record (and DuckDB takes Kunde and kunde, Account and account for one column). OFFSET 0 keeps the branches'
-- filters out of the first query, where they would tell the versions apart once more for each branch.
WITH record AS MATERIALIZED (
  SELECT json, list_position(json_exists(json, [
    '$.orderId', '$.event', '$.positions', '$.Beleg', '$.VBAK', '$.IDOC', '$.deal', '$.order', '$.CloseDate',
    '$.EffectiveDate', '$.what', '$.ordre']), true) AS version
  FROM read_ndjson_objects('{file}') OFFSET 0)
-- 1: aurora shop v1
SELECT * EXCLUDE (l), l.quantity AS quantity, l.unitPrice AS unit_price, l.product.sku AS product_sku,
       l.product.name AS product_name, l.product.category AS product_category, l.product.listPrice AS product_list_price
FROM (
  SELECT r.orderId AS order_no, make_timestamp(epoch_us(r.placedAt)) AS ordered_at, r.totals.grand AS total_amount,
         r.totals.shipping AS shipping_amount, r.currency, r.channel, r.coupon,
         r.note, r.customer.id AS customer_id, r.customer.name AS customer_name,
         r.customer.email AS customer_email, r.customer.tier AS customer_tier,
         r.customer.address.city AS customer_city, r.customer.address.country AS customer_country,
         unnest(r.items) AS l
  FROM (
    SELECT json_transform(json, '{"orderId": "VARCHAR", "placedAt": "TIMESTAMPTZ", "totals": {"grand": "DECIMAL(18,2)",
      "shipping": "DECIMAL(18,2)"}, "currency": "VARCHAR", "channel": "VARCHAR", "coupon": "VARCHAR",
      "note": "VARCHAR", "customer": {"id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "tier": "VARCHAR",
      "address": {"city": "VARCHAR", "country": "VARCHAR"}}, "items": [{"quantity": "BIGINT",
      "unitPrice": "DECIMAL(18,2)", "product": {"sku": "VARCHAR", "name": "VARCHAR", "category": "VARCHAR",
      "listPrice": "DECIMAL(18,2)"}}]}') AS r
    FROM record WHERE version = 1))
-- 2: aurora shop v2
UNION ALL
SELECT * EXCLUDE (l), l.qty, l.priceCents * 0.01, l.sku, l.title, l.department, l.listCents * 0.01
FROM (
  SELECT r.data."order".id AS order_no, make_timestamp_ms(r.event."at") AS ordered_at,
         r.data."order".amountCents * 0.01 AS total_amount, r.data."order".shippingCents * 0.01 AS shipping_amount,
         'EUR' AS currency, r.data."order".via AS channel, r.data."order".voucher AS coupon,
         r.data."order".remark AS note, r.data."order".buyer.customerId AS customer_id,
         r.data."order".buyer.fullName AS customer_name, r.data."order".buyer.contact.email AS customer_email,
         lower(r.data."order".buyer.loyalty.tier) AS customer_tier,
         r.data."order".buyer.location.city AS customer_city,
         r.data."order".buyer.location.countryCode AS customer_country, unnest(r.data."order".lines) AS l
  FROM (
    SELECT json_transform(json, '{"event": {"at": "BIGINT"}, "data": {"order": {"id": "VARCHAR",
      "amountCents": "DECIMAL(15,0)", "shippingCents": "DECIMAL(15,0)", "via": "VARCHAR", "voucher": "VARCHAR",
      "remark": "VARCHAR", "buyer": {"customerId": "VARCHAR", "fullName": "VARCHAR", "contact": {"email": "VARCHAR"},
      "loyalty": {"tier": "VARCHAR"}, "location": {"city": "VARCHAR", "countryCode": "VARCHAR"}},
      "lines": [{"sku": "VARCHAR", "title": "VARCHAR", "department": "VARCHAR", "listCents": "DECIMAL(15,0)",
      "qty": "BIGINT", "priceCents": "DECIMAL(15,0)"}]}}}') AS r
    FROM record WHERE version = 2))
-- 3: bolt shop v1
UNION ALL
SELECT * EXCLUDE (l), l.pieces, l.price, l.art_no, l.art_name, l.art_group, l.art_list
FROM (
  SELECT r.order_no, make_timestamp(r.ordered_ts * 1000000) AS ordered_at, r.sum_total AS total_amount,
         r.freight AS shipping_amount, r.cur AS currency, r.sales_channel AS channel, r.promo_code AS coupon,
         r.customer_note AS note, r.cust_id AS customer_id, r.cust_name AS customer_name,
         r.cust_mail AS customer_email,
         CASE r.cust_tier WHEN '1' THEN 'standard' WHEN '2' THEN 'plus' WHEN '3' THEN 'premium' END
           AS customer_tier,
         r.cust_city AS customer_city, r.cust_country AS customer_country, unnest(r.positions) AS l
  FROM (
    SELECT json_transform(json, '{"order_no": "VARCHAR", "ordered_ts": "BIGINT", "sum_total": "DECIMAL(18,2)",
      "freight": "DECIMAL(18,2)", "cur": "VARCHAR", "sales_channel": "VARCHAR", "promo_code": "VARCHAR",
      "customer_note": "VARCHAR", "cust_id": "VARCHAR", "cust_name": "VARCHAR", "cust_mail": "VARCHAR",
      "cust_tier": "VARCHAR", "cust_city": "VARCHAR", "cust_country": "VARCHAR", "positions": [{"art_no": "VARCHAR",
      "art_name": "VARCHAR", "art_group": "VARCHAR", "art_list": "DECIMAL(18,2)", "pieces": "BIGINT",
      "price": "DECIMAL(18,2)"}]}') AS r
    FROM record WHERE version = 3))
-- 4: bolt ERP v1
UNION ALL
SELECT * EXCLUDE (l), l.Menge, l.Preis, l.Artikel.Nr, l.Artikel.Bezeichnung, l.Artikel.Warengruppe,
       l.Artikel.Listenpreis
FROM (
  SELECT r.Beleg.Nummer AS order_no, r.Beleg.Datum - INTERVAL 1 HOUR AS ordered_at, r.Summe AS total_amount,
         r.Versand AS shipping_amount, 'EUR' AS currency, r.Beleg.Kanal AS channel, r.Beleg.Gutschein AS coupon,
         r.Beleg.Bemerkung AS note, r.Kunde.Nr AS customer_id, r.Kunde.Name AS customer_name,
         r.Kunde."E-Mail" AS customer_email,
         CASE r.Kunde.Stufe WHEN 'S' THEN 'standard' WHEN 'P' THEN 'plus' WHEN 'X' THEN 'premium' END
           AS customer_tier,
         r.Kunde.Ort AS customer_city, r.Kunde."Länderkürzel" AS customer_country, unnest(r.Positionen) AS l
  FROM (
    SELECT json_transform(json, '{"Beleg": {"Nummer": "VARCHAR", "Datum": "TIMESTAMP", "Kanal": "VARCHAR",
      "Gutschein": "VARCHAR", "Bemerkung": "VARCHAR"}, "Summe": "DECIMAL(18,2)", "Versand": "DECIMAL(18,2)",
      "Kunde": {"Nr": "VARCHAR", "Name": "VARCHAR", "E-Mail": "VARCHAR", "Stufe": "VARCHAR", "Ort": "VARCHAR",
      "Länderkürzel": "VARCHAR"}, "Positionen": [{"Menge": "BIGINT", "Preis": "DECIMAL(18,2)",
      "Artikel": {"Nr": "VARCHAR", "Bezeichnung": "VARCHAR", "Warengruppe": "VARCHAR",
      "Listenpreis": "DECIMAL(18,2)"}}]}') AS r
    FROM record WHERE version = 4))
-- 5: cobalt ERP v1
UNION ALL
SELECT * EXCLUDE (l), l.KWMENG, l.NETPR * 0.01, l.MATNR, l.ARKTX, l.MATKL, l.LISTP * 0.01
FROM (
  SELECT r.VBAK.VBELN AS order_no, make_timestamp(epoch_us(r.VBAK.ERDAT)) AS ordered_at,
         r.VBAK.NETWR * 0.01 AS total_amount, r.VBAK.FRACHT * 0.01 AS shipping_amount, 'EUR' AS currency,
         r.VBAK.VTWEG AS channel, r.VBAK.KNUMA AS coupon, r.VBAK.TEXT AS note, r.KNA1.KUNNR AS customer_id,
         r.KNA1.NAME1 AS customer_name, r.KNA1.SMTP_ADDR AS customer_email,
         CASE r.KNA1.KDGRP WHEN '01' THEN 'standard' WHEN '02' THEN 'plus' WHEN '03' THEN 'premium' END
           AS customer_tier,
         r.KNA1.ORT01 AS customer_city, r.KNA1.LAND1 AS customer_country, unnest(r.VBAP) AS l
  FROM (
    SELECT json_transform(json, '{"VBAK": {"VBELN": "VARCHAR", "ERDAT": "TIMESTAMPTZ", "NETWR": "DECIMAL(15,0)",
      "FRACHT": "DECIMAL(15,0)", "VTWEG": "VARCHAR", "KNUMA": "VARCHAR", "TEXT": "VARCHAR"},
      "KNA1": {"KUNNR": "VARCHAR", "NAME1": "VARCHAR", "SMTP_ADDR": "VARCHAR", "KDGRP": "VARCHAR",
      "ORT01": "VARCHAR", "LAND1": "VARCHAR"}, "VBAP": [{"MATNR": "VARCHAR", "ARKTX": "VARCHAR", "MATKL": "VARCHAR",
      "LISTP": "DECIMAL(15,0)", "KWMENG": "BIGINT", "NETPR": "DECIMAL(15,0)"}]}') AS r
    FROM record WHERE version = 5))
-- 6: cobalt ERP v2
UNION ALL
SELECT * EXCLUDE (l), l.MENGE, l.VPREI, l.E1EDP19.IDTNR, l.E1EDP19.KTEXT, l.E1EDP19.MATKL, l.E1EDP19.LISTP
FROM (
  SELECT r.IDOC.E1EDK01.BELNR AS order_no, make_timestamp(epoch_us(r.IDOC.E1EDK01.AUDAT)) AS ordered_at,
         r.IDOC.E1EDS01.SUMME AS total_amount, r.IDOC.E1EDS01.FRACHT AS shipping_amount,
         r.IDOC.E1EDK01.CURCY AS currency, r.IDOC.E1EDK01.VTWEG AS channel, r.IDOC.E1EDK01.KNUMA AS coupon,
         r.IDOC.E1EDK01.TEXT AS note, r.IDOC.KNA1.KUNNR AS customer_id, r.IDOC.KNA1.NAME1 AS customer_name,
         r.IDOC.KNA1.SMTP_ADDR AS customer_email,
         CASE r.IDOC.KNA1.KDGRP WHEN '01' THEN 'standard' WHEN '02' THEN 'plus' WHEN '03' THEN 'premium' END
           AS customer_tier,
         r.IDOC.KNA1.ORT01 AS customer_city, r.IDOC.KNA1.LAND1 AS customer_country, unnest(r.IDOC.E1EDP01) AS l
  FROM (
    SELECT json_transform(json, '{"IDOC": {"E1EDK01": {"BELNR": "VARCHAR", "AUDAT": "TIMESTAMPTZ", "CURCY": "VARCHAR",
      "VTWEG": "VARCHAR", "KNUMA": "VARCHAR", "TEXT": "VARCHAR"}, "KNA1": {"KUNNR": "VARCHAR", "NAME1": "VARCHAR",
      "SMTP_ADDR": "VARCHAR", "KDGRP": "VARCHAR", "ORT01": "VARCHAR", "LAND1": "VARCHAR"},
      "E1EDP01": [{"MENGE": "BIGINT", "VPREI": "DECIMAL(18,2)", "E1EDP19": {"IDTNR": "VARCHAR", "KTEXT": "VARCHAR",
      "MATKL": "VARCHAR", "LISTP": "DECIMAL(18,2)"}}], "E1EDS01": {"SUMME": "DECIMAL(18,2)",
      "FRACHT": "DECIMAL(18,2)"}}}') AS r
    FROM record WHERE version = 6))
-- 7: delta CRM v1
UNION ALL
SELECT * EXCLUDE (l), l.units, l.each, l.item.catalogue.code, l.item.catalogue.label, l.item.catalogue.family,
       l.item.list
FROM (
  SELECT r.deal.reference AS order_no, make_timestamp(epoch_us(r.deal.closedOn)) AS ordered_at,
         r.deal.value.gross AS total_amount, r.deal.value.delivery AS shipping_amount,
         r.deal.value.currency AS currency, r.deal.origin AS channel, r.deal.campaign AS coupon, r.deal.memo AS note,
         r.account.key AS customer_id, r.account.displayName AS customer_name, r.account.mail AS customer_email,
         lower(r.account.segment) AS customer_tier, r.account.site.town AS customer_city,
         r.account.site.iso2 AS customer_country, unnest(r.lineItems) AS l
  FROM (
    SELECT json_transform(json, '{"deal": {"reference": "VARCHAR", "closedOn": "TIMESTAMPTZ",
      "value": {"gross": "DECIMAL(18,2)", "delivery": "DECIMAL(18,2)", "currency": "VARCHAR"}, "origin": "VARCHAR",
      "campaign": "VARCHAR", "memo": "VARCHAR"}, "account": {"key": "VARCHAR", "displayName": "VARCHAR",
      "mail": "VARCHAR", "segment": "VARCHAR", "site": {"town": "VARCHAR", "iso2": "VARCHAR"}},
      "lineItems": [{"units": "BIGINT", "each": "DECIMAL(18,2)", "item": {"list": "DECIMAL(18,2)",
      "catalogue": {"code": "VARCHAR", "label": "VARCHAR", "family": "VARCHAR"}}}]}') AS r
    FROM record WHERE version = 7))
-- 8: delta shop v1
UNION ALL
SELECT * EXCLUDE (l), l.node.quantity, l.node.price, l.node.variant.sku, l.node.variant.title,
       l.node.variant.productType, l.node.variant.compareAtPrice
FROM (
  SELECT r."order".name AS order_no, make_timestamp(epoch_us(r."order".createdAt)) AS ordered_at,
         r."order".totalPrice AS total_amount, r."order".shippingPrice AS shipping_amount, 'EUR' AS currency,
         r."order".sourceName AS channel, r."order".discountCode AS coupon, r."order".note AS note,
         r."order".customer.legacyId AS customer_id, r."order".customer.displayName AS customer_name,
         r."order".customer.defaultEmail AS customer_email, r."order".customer.tag AS customer_tier,
         r."order".customer.defaultAddress.city AS customer_city,
         r."order".customer.defaultAddress.countryCode AS customer_country, unnest(r."order".lineItems.edges) AS l
  FROM (
    SELECT json_transform(json, '{"order": {"name": "VARCHAR", "createdAt": "TIMESTAMPTZ",
      "totalPrice": "DECIMAL(18,2)",
      "shippingPrice": "DECIMAL(18,2)", "sourceName": "VARCHAR", "discountCode": "VARCHAR", "note": "VARCHAR",
      "customer": {"legacyId": "VARCHAR", "displayName": "VARCHAR", "defaultEmail": "VARCHAR", "tag": "VARCHAR",
      "defaultAddress": {"city": "VARCHAR", "countryCode": "VARCHAR"}},
      "lineItems": {"edges": [{"node": {"quantity": "BIGINT", "price": "DECIMAL(18,2)", "variant": {"sku": "VARCHAR",
      "title": "VARCHAR", "productType": "VARCHAR", "compareAtPrice": "DECIMAL(18,2)"}}}]}}}') AS r
    FROM record WHERE version = 8))
-- 9: ember CRM v1
UNION ALL
SELECT * EXCLUDE (l), l.Quantity, l.UnitPrice, l.Product2.ProductCode, l.Product2.Name, l.Product2.Family,
       l.Product2.ListPrice__c
FROM (
  SELECT r.Id AS order_no, make_timestamp_ms(r.CloseDate) AS ordered_at, r.Amount AS total_amount,
         r.Freight__c AS shipping_amount, 'EUR' AS currency, r.LeadSource AS channel, r.Campaign__c AS coupon,
         r.Description AS note, r.Account.Id AS customer_id, r.Account.Name AS customer_name,
         r.Account.Email__c AS customer_email, r.Account.Tier__c AS customer_tier,
         r.Account.BillingCity AS customer_city, r.Account.BillingCountryCode AS customer_country,
         unnest(r.OpportunityLineItems.records) AS l
  FROM (
    SELECT json_transform(json, '{"Id": "VARCHAR", "CloseDate": "BIGINT", "Amount": "DECIMAL(18,2)",
      "Freight__c": "DECIMAL(18,2)", "LeadSource": "VARCHAR", "Campaign__c": "VARCHAR", "Description": "VARCHAR",
      "Account": {"Id": "VARCHAR", "Name": "VARCHAR", "Email__c": "VARCHAR", "Tier__c": "VARCHAR",
      "BillingCity": "VARCHAR", "BillingCountryCode": "VARCHAR"},
      "OpportunityLineItems": {"records": [{"Quantity": "BIGINT", "UnitPrice": "DECIMAL(18,2)",
      "Product2": {"ProductCode": "VARCHAR", "Name": "VARCHAR", "Family": "VARCHAR",
      "ListPrice__c": "DECIMAL(18,2)"}}]}}') AS r
    FROM record WHERE version = 9))
-- 10: ember CRM v2
UNION ALL
SELECT * EXCLUDE (l), l.Quantity, l.UnitPrice, l.Product2.ProductCode, l.Product2.Name, l.Product2.Family,
       l.Product2.ListPrice__c
FROM (
  SELECT r.OrderNumber AS order_no, make_timestamp(r.EffectiveDate) AS ordered_at, r.TotalAmount AS total_amount,
         r.Freight__c AS shipping_amount, 'EUR' AS currency, r.Channel__c AS channel, r.Campaign__c AS coupon,
         r.Description AS note, r.Contacts[1].Id AS customer_id, r.Contacts[1].Name AS customer_name,
         r.Contacts[1].Email__c AS customer_email, r.Contacts[1].Tier__c AS customer_tier,
         r.Contacts[1].BillingCity AS customer_city, r.Contacts[1].BillingCountryCode AS customer_country,
         unnest(r.OrderItems.records) AS l
  FROM (
    SELECT json_transform(json, '{"OrderNumber": "VARCHAR", "EffectiveDate": "BIGINT", "TotalAmount": "DECIMAL(18,2)",
      "Freight__c": "DECIMAL(18,2)", "Channel__c": "VARCHAR", "Campaign__c": "VARCHAR", "Description": "VARCHAR",
      "Contacts": [{"Id": "VARCHAR", "Name": "VARCHAR", "Email__c": "VARCHAR", "Tier__c": "VARCHAR",
      "BillingCity": "VARCHAR", "BillingCountryCode": "VARCHAR"}], "OrderItems": {"records": [{"Quantity": "BIGINT",
      "UnitPrice": "DECIMAL(18,2)", "Product2": {"ProductCode": "VARCHAR", "Name": "VARCHAR", "Family": "VARCHAR",
      "ListPrice__c": "DECIMAL(18,2)"}}]}}') AS r
    FROM record WHERE version = 10))
-- 11: fjord CRM v1
UNION ALL
SELECT * EXCLUDE (l), l.q, l.u, l.p.c, l.p.n, l.p.g, l.p.l
FROM (
  SELECT r.i AS order_no, make_timestamp(epoch_us(r.ts)) AS ordered_at, r.t AS total_amount, r.sh AS shipping_amount,
         'EUR' AS currency, r.ch AS channel, r.cp AS coupon, r.rm AS note, r.who.ref AS customer_id,
         r.who.nm AS customer_name, r.who.em AS customer_email,
         CASE r.who.lvl WHEN 'bronze' THEN 'standard' WHEN 'silver' THEN 'plus' WHEN 'gold' THEN 'premium' END
           AS customer_tier,
         r.who."at".c AS customer_city, r.who."at".cc AS customer_country, unnest(r.what) AS l
  FROM (
    SELECT json_transform(json, '{"i": "VARCHAR", "ts": "TIMESTAMPTZ", "t": "DECIMAL(18,2)", "sh": "DECIMAL(18,2)",
      "ch": "VARCHAR", "cp": "VARCHAR", "rm": "VARCHAR", "who": {"ref": "VARCHAR", "nm": "VARCHAR", "em": "VARCHAR",
      "lvl": "VARCHAR", "at": {"c": "VARCHAR", "cc": "VARCHAR"}}, "what": [{"q": "BIGINT", "u": "DECIMAL(18,2)",
      "p": {"c": "VARCHAR", "n": "VARCHAR", "g": "VARCHAR", "l": "DECIMAL(18,2)"}}]}') AS r
    FROM record WHERE version = 11))
-- 12: fjord ERP v1
UNION ALL
SELECT * EXCLUDE (l), l.antall, l."pris_øre" * 0.01, l.vare.nr, l.vare.navn, l.vare.gruppe,
       l.vare."listepris_øre" * 0.01
FROM (
  SELECT r.ordre.nr AS order_no, make_timestamp(r.ordre.tid * 1000000) AS ordered_at,
         r.ordre."beløp_øre" * 0.01 AS total_amount, r.ordre."frakt_øre" * 0.01 AS shipping_amount,
         'EUR' AS currency, r.ordre.kanal AS channel, r.ordre.kampanje AS coupon, r.ordre.merknad AS note,
         r."kunde".nr AS customer_id, r."kunde".navn AS customer_name, r."kunde".epost AS customer_email,
         r."kunde"."nivå" AS customer_tier, r."kunde".sted AS customer_city, r."kunde".land AS customer_country,
         unnest(r.linjer) AS l
  FROM (
    SELECT json_transform(json, '{"ordre": {"nr": "VARCHAR", "tid": "BIGINT", "beløp_øre": "DECIMAL(15,0)",
      "frakt_øre": "DECIMAL(15,0)", "kanal": "VARCHAR", "kampanje": "VARCHAR", "merknad": "VARCHAR"},
      "kunde": {"nr": "VARCHAR", "navn": "VARCHAR", "epost": "VARCHAR", "nivå": "VARCHAR", "sted": "VARCHAR",
      "land": "VARCHAR"}, "linjer": [{"vare": {"nr": "VARCHAR", "navn": "VARCHAR", "gruppe": "VARCHAR",
      "listepris_øre": "DECIMAL(15,0)"}, "antall": "BIGINT", "pris_øre": "DECIMAL(15,0)"}]}') AS r
    FROM record WHERE version = 12))
-- check
WITH line AS MATERIALIZED (SELECT * FROM extraction),
orders AS MATERIALIZED (
  SELECT DISTINCT order_no, ordered_at, total_amount, shipping_amount, currency, channel, coupon, note, customer_id
  FROM line),
-- The input is one file repeated; the kernel keeps an order each time that it comes.
copies AS (SELECT (SELECT count(*) FROM read_ndjson_objects('{file}')) // (SELECT count(*) FROM orders) AS n),
customer AS (
  SELECT DISTINCT customer_id, customer_name, customer_email, customer_tier, customer_city, customer_country
  FROM line WHERE customer_id IS NOT NULL),
product AS (
  SELECT DISTINCT product_sku, product_name, product_category, product_list_price
  FROM line WHERE product_sku IS NOT NULL)
SELECT * FROM (
  SELECT count(*) AS "rows silver.order_line", sum(quantity) AS "sum silver.order_line.quantity",
         sum(unit_price) AS "sum silver.order_line.unit_price",
         sum(strlen(order_no)) AS "sum silver.order_line.order_no",
         sum(epoch_us(ordered_at)::HUGEINT) AS "sum silver.order_line.ordered_at",
         sum(strlen(product_sku)) AS "sum silver.order_line.product_sku" FROM line),
  (SELECT any_value(n) * count(*) AS "rows silver.order",
          any_value(n) * sum(strlen(order_no)) AS "sum silver.order.order_no",
          any_value(n) * sum(epoch_us(ordered_at)::HUGEINT) AS "sum silver.order.ordered_at",
          any_value(n) * sum(total_amount) AS "sum silver.order.total_amount",
          any_value(n) * sum(shipping_amount) AS "sum silver.order.shipping_amount",
          any_value(n) * sum(strlen(currency)) AS "sum silver.order.currency",
          any_value(n) * sum(strlen(channel)) AS "sum silver.order.channel",
          any_value(n) * sum(strlen(coupon)) AS "sum silver.order.coupon",
          any_value(n) * sum(strlen(note)) AS "sum silver.order.note",
          any_value(n) * sum(strlen(customer_id)) AS "sum silver.order.customer_id" FROM orders, copies),
  (SELECT count(*) AS "rows silver.customer_content", sum(strlen(customer_id)) AS "sum silver.customer_content.id",
          sum(strlen(customer_name)) AS "sum silver.customer_content.name",
          sum(strlen(customer_email)) AS "sum silver.customer_content.email",
          sum(strlen(customer_tier)) AS "sum silver.customer_content.tier",
          sum(strlen(customer_city)) AS "sum silver.customer_content.city",
          sum(strlen(customer_country)) AS "sum silver.customer_content.country" FROM customer),
  (SELECT count(*) AS "rows silver.product_content", sum(strlen(product_sku)) AS "sum silver.product_content.sku",
          sum(strlen(product_name)) AS "sum silver.product_content.name",
          sum(strlen(product_category)) AS "sum silver.product_content.category",
          sum(product_list_price) AS "sum silver.product_content.list_price" FROM product)
