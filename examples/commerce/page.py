"""The page at the end of the demo: 78 columns of what a manager wants to know. Knows no figure of its own."""

import sys
from decimal import Decimal

WIDTH = 78
BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


def group(number):
    return f"{number:,}"


def bytes_text(count):
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            break
        count /= 1000
    else:
        unit = "GB"
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"


def ratio(many, few):
    return f"{many / few:,.0f} to 1" if few else "-"


def money(text):
    return f"{Decimal(text):,.2f}"


class Page:
    def __init__(self, title):
        self.lines = ["", BOLD + "=" * WIDTH + PLAIN, BOLD + title.center(WIDTH).rstrip() + PLAIN,
                      BOLD + "=" * WIDTH + PLAIN]

    def head(self, text, note=""):
        self.lines += ["", f"{BOLD}{text}{PLAIN}" + (f"  {DIM}{note}{PLAIN}" if note else "")]

    def text(self, text):
        self.lines.append(f"  {text}")

    def row(self, name, value, note=""):
        self.lines.append(f"  {name:<34}{value:>16}" + (f"   {note}" if note else ""))

    def table(self, header, rows):
        """The first column to the left, the others to the right."""
        cells = [header, *rows]
        widths = [max(len(str(row[column])) for row in cells) for column in range(len(header))]
        for number, row in enumerate(cells):
            text = "  ".join(str(cell).ljust(width) if column == 0 else str(cell).rjust(width)
                             for column, (cell, width) in enumerate(zip(row, widths)))
            self.lines.append(f"  {DIM if number == 0 else ''}{text.rstrip()}{PLAIN if number == 0 else ''}")

    def print(self):
        print("\n".join([*self.lines, BOLD + "=" * WIDTH + PLAIN]), flush=True)
