"""XML as a format: the 86 invoices of xrechnung through examples/xrechnung to silver and gold, each compared with what
Python's own XML library reads in the file; the pairs of one invoice in two syntaxes; and hostile documents.
"""

import decimal
import glob
import hashlib
import os
import shutil
import subprocess
import sys

# Instead of this folder, in which this very file would stand for Python's own package xml.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
import xml.etree.ElementTree as ElementTree  # noqa: E402

from suite import ROOT, Suite, need_data  # noqa: E402

SWAPPED = [f"technical-cases/cius/01.0{number}_" for number in (1, 2, 3, 4)]  # legal and trading name, in the original
NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
INVOICE = ("invoice_no", "amount_due", "seller_legal_name")
HOSTILE = {  # name: (document, code)
    "external entity": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 2021),
    "external DTD": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>', 2021),
    "entity bomb": (b"<!DOCTYPE l [" + b"".join(
        b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10 if level else b"lol") for level in range(20))
        + b"]><l>&l19;</l>", 2021),
    "depth": (b"<a>" * 100_000 + b"</a>" * 100_000, 2003),
    "truncated": (b"<a><b>1</b><c>", 2020),
    "undeclared entity": (b"<a>&nbsp;</a>", 2020),
    "two roots": (b"<a/><b/>", 2020),
    "undeclared prefix": (b"<p:a/>", 2020),
    "attribute twice": (b'<a x="1" x="2"/>', 2020),
    "wrong encoding": ('<?xml version="1.0" encoding="UTF-8"?><a>\u00e9</a>'.encode("latin-1"), 2022),
    "encoding not read": (b'<?xml version="1.0" encoding="EBCDIC-CP-US"?><a/>', 2022),
    "half a character of UTF-16": ("\ufeff<a/>".encode("utf-16-le") + b"\0", 2022),
    "names that grow": (b"<r xmlns='urn:%s'>" % (b"x" * 20_000) + b"".join(b"<a><b%d/></a>" % i for i in range(2_000))
                        + b"</r>", 2004),
    "another application": (b"<order/>", 2101),
}


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


def unpack(suite):
    """The 86 files, the large ones beside the others."""
    source = need_data("xrechnung")
    folder = os.path.join(suite.folder, "files")
    for name in ("business-cases", "technical-cases"):
        shutil.copytree(os.path.join(source, name), os.path.join(folder, name), copy_function=shutil.copyfile)
    for path, _, _ in os.walk(folder):
        os.chmod(path, 0o755)
    subprocess.run(["tar", "--zstd", "-xf", os.path.join(source, "large-with-attachments.tar.zst"), "-C", folder], check=True)
    return sorted(glob.glob(os.path.join(folder, "**", "*.xml"), recursive=True))


def text(element, path):
    found = element.find(path, NAMESPACES) if element is not None else None
    return None if found is None else found.text


def from_ubl(root):
    total = "cac:LegalMonetaryTotal/"
    currency = text(root, "cbc:DocumentCurrencyCode")
    party = "cac:AccountingSupplierParty/cac:Party/"
    tax = [one.find("cbc:CompanyID", NAMESPACES).text for one in root.findall(party + "cac:PartyTaxScheme", NAMESPACES)
           if text(one, "cac:TaxScheme/cbc:ID") == "VAT"]
    return {
        "invoice_no": text(root, "cbc:ID"), "issued_at": text(root, "cbc:IssueDate"), "currency": currency,
        "line_total": text(root, total + "cbc:LineExtensionAmount"), "amount_due": text(root, total + "cbc:PayableAmount"),
        "total_with_tax": text(root, total + "cbc:TaxInclusiveAmount"),
        "tax_total": next((one.text for one in root.findall("cac:TaxTotal/cbc:TaxAmount", NAMESPACES)
                           if one.get("currencyID") == currency), None),
        "seller_legal_name": text(root, party + "cac:PartyLegalEntity/cbc:RegistrationName"),
        "seller_vat_id": tax[0] if tax else None,
        "buyer_legal_name": text(root, "cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"),
        "lines": [text(line, "cbc:LineExtensionAmount") for line in root.findall("cac:InvoiceLine", NAMESPACES)],
    }


def from_cii(root):
    trade = "rsm:SupplyChainTradeTransaction/"
    settlement = trade + "ram:ApplicableHeaderTradeSettlement/"
    total = settlement + "ram:SpecifiedTradeSettlementHeaderMonetarySummation/"
    seller = trade + "ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty/"
    currency = text(root, settlement + "ram:InvoiceCurrencyCode")
    day = text(root, "rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString")
    line_sum = "ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    tax = [one.text for one in root.findall(seller + "ram:SpecifiedTaxRegistration/ram:ID", NAMESPACES)
           if one.get("schemeID") == "VA"]
    return {
        "invoice_no": text(root, "rsm:ExchangedDocument/ram:ID"), "issued_at": f"{day[:4]}-{day[4:6]}-{day[6:]}",
        "currency": currency, "line_total": text(root, total + "ram:LineTotalAmount"),
        "amount_due": text(root, total + "ram:DuePayableAmount"),
        "total_with_tax": text(root, total + "ram:GrandTotalAmount"),
        "tax_total": next((one.text for one in root.findall(total + "ram:TaxTotalAmount", NAMESPACES)
                           if one.get("currencyID") == currency), None),
        "seller_legal_name": text(root, seller + "ram:Name"), "seller_vat_id": tax[0] if tax else None,
        "buyer_legal_name": text(root, trade + "ram:ApplicableHeaderTradeAgreement/ram:BuyerTradeParty/ram:Name"),
        "lines": [text(line, line_sum)
                  for line in root.findall(trade + "ram:IncludedSupplyChainTradeLineItem", NAMESPACES)],
    }


def truth_of(path):
    root = ElementTree.parse(path).getroot()
    return from_cii(root) if path.endswith("_uncefact.xml") else from_ubl(root)


def plain(value):
    """Decimals without trailing zeros, the day of a time."""
    if value is None:
        return None
    value = value.split("T")[0].split(" 00:00:00")[0].strip()
    try:
        return str(decimal.Decimal(value).normalize() + 0)
    except decimal.InvalidOperation:
        return value


class Invoices:
    """The workspace after a run, by file."""

    def __init__(self, suite, paths):
        self.suite = suite
        self.shop = os.path.join(suite.folder, "shop")
        shutil.copytree(os.path.join(ROOT, "examples", "xrechnung", "workspace"), self.shop)
        suite.run("-C", self.shop, "apply")
        self.ingested = suite.json("-C", self.shop, "ingest", *paths)
        suite.run("-C", self.shop, "run")
        self.names = {}
        for path in paths:
            with open(path, "rb") as file:
                self.names[hashlib.sha256(file.read()).hexdigest()] = path
        columns = ["invoice_no", "issued_at", "currency", "line_total", "amount_due", "total_with_tax", "tax_total",
                   "seller_legal_name", "seller_vat_id", "buyer_legal_name"]
        self.rows = {}
        for row in self.query(f"SELECT b.source_id, {', '.join('m.' + column for column in columns)} FROM mart.invoice m "
                              "JOIN bronze.record b USING (record_id)"):
            self.rows[self.names[row[0]]] = dict(zip(columns, row[1:])) | {"lines": []}
        for source, amount in self.query("SELECT b.source_id, l.net_amount FROM mart.invoice_line l "
                                         "JOIN bronze.record b USING (record_id) ORDER BY b.source_id, l.item_index"):
            self.rows[self.names[source]]["lines"].append(amount)

    def query(self, sql):
        return self.suite.json("-C", self.shop, "sql", "--tenant", "authority", sql)["rows"]


def all_refined(invoices, count):
    same((invoices.ingested["records"], len(invoices.rows)), (count, count), "records and invoices")
    same(invoices.query("SELECT count(*) FROM bronze.quarantine")[0][0], 0, "quarantined")
    found = invoices.suite.json("-C", invoices.shop, "verify", "--deep")
    assert found["ok"], found["problems"]


def one_file(invoices, path):
    truth, row = truth_of(path), invoices.rows[path]
    for name, expected in truth.items():
        if name == "lines":
            same([plain(value) for value in row["lines"]], [plain(value) for value in expected], "lines")
        else:
            same(plain(row[name]), plain(expected), name)


def pairs_agree(invoices):
    pairs = [(path, path.replace("_ubl.xml", "_uncefact.xml")) for path in invoices.rows if path.endswith("_ubl.xml")]
    pairs = [pair for pair in pairs if pair[1] in invoices.rows]
    buyers = 0
    for first, second in pairs:
        one, other = invoices.rows[first], invoices.rows[second]
        for name in INVOICE:
            same(other[name], one[name], f"{name} of {os.path.basename(first)}")
        same(len(other["lines"]), len(one["lines"]), f"lines of {os.path.basename(first)}")
        swapped = any(mark in first for mark in SWAPPED)
        agrees = one["buyer_legal_name"] == other["buyer_legal_name"]
        same(agrees, not swapped, f"buyer of {os.path.basename(first)}")
        buyers += agrees
    same((len(pairs), buyers), (40, 36), "pairs, and those that agree on the buyer")


def bytes_are_kept(invoices):
    for source, count in invoices.query("SELECT source_id, octet_length(payload) FROM bronze.record"):
        same(count, os.path.getsize(invoices.names[source]), f"bytes of {invoices.names[source]}")


def hostile(suite, name):
    document, code = HOSTILE[name]
    shop = os.path.join(suite.folder, "hostile-" + name.replace(" ", "-"))
    shutil.copytree(os.path.join(ROOT, "examples", "xrechnung", "workspace"), shop)
    path = os.path.join(shop, "in_ubl.xml")
    with open(path, "wb") as file:
        file.write(document)
    suite.run("-C", shop, "apply")
    suite.run("-C", shop, "ingest", path)
    suite.run("-C", shop, "run", timeout=120)
    rows = suite.json("-C", shop, "sql", "--tenant", "authority",
                      "SELECT code, length(reason) > 0, payload_length FROM bronze.quarantine")["rows"]
    same([[int(row[0]), row[1] in (True, "true"), int(row[2])] for row in rows], [[code, True, len(document)]], "quarantine")
    found = suite.json("-C", shop, "verify", "--deep")
    assert found["ok"], found["problems"]


def main():
    suite = Suite("xml")
    try:
        paths = unpack(suite)
    except Exception as reason:  # noqa: BLE001 - without the data only the hostile cases can run
        paths = []
        suite.case("invoices", lambda: (_ for _ in ()).throw(reason))
    if paths:
        invoices = Invoices(suite, paths)
        suite.case("all invoices are refined, and the proof holds", all_refined, invoices, 86)
        for path in paths:
            suite.case(os.path.relpath(path, os.path.join(suite.folder, "files")), one_file, invoices, path)
        suite.case("40 pairs tell the same invoice", pairs_agree, invoices)
        suite.case("bronze has the bytes of every file", bytes_are_kept, invoices)
    for name in HOSTILE:
        suite.case(f"hostile: {name}", hostile, suite, name)
    suite.finish()


if __name__ == "__main__":
    main()
