"""English words and the names of tables and columns: splitting, stems, likeness.

Everything here is general English; nothing knows a particular database.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "CONNECTORS",
    "NUMBERS",
    "STOP_WORDS",
    "humanise",
    "in_plural",
    "in_singular",
    "likeness",
    "slug",
    "split_name",
    "stem",
    "tokens",
]

_CONNECTOR_TEXT = """
of the a an in per by 's s
"""
CONNECTORS = frozenset(_CONNECTOR_TEXT.split())

_STOP_TEXT = """
a about above across after again all along also am an and any are as at be because been
before being below between both bottom but by can chart compare comparing could create
creating did different display displayed displaying do does doing down draw during each
easily every few for from further give graph had has have having help here hey how i i'd
i'll i'm if in include including into is it its it's just know label labels labeled labelled
let like likely make making made many may me might more most much must my need no nor not
now of off on once one only or other our out over own per please plot plotted provide put
read same see should show showing shown shows side sides simple so some such sure than that
the their them then there these they this those through to too top trying under until up us
use using various versus very visual visualization visualisation visualize visualise want
was way we were what when where whether which while who why will with within without would
write you your axis x-axis y-axis bar bars line lines pie scatter histogram heatmap area bubble
donut box color colors colour colours colored coloured title hover tooltip tooltips legend
interactive small wide tall add added adding relationship relationships information data
values trend trends pattern patterns distribution distributions distributed graph size
compared comparison point points view views cell cells easy clear exact focus set sets
"""
STOP_WORDS = frozenset(_STOP_TEXT.split())

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
}  # fmt: skip

_GROUPS = """
salary wage pay earnings income
price cost fee charge expense expensive cheap cheapest
amount sum value total
revenue sales turnover gross
spending spent spend expenditure paid
quantity number count unit
size volume
location place venue site city address
country nation
nationality citizenship country
state province
worker employee staff
person people individual member
client customer buyer
company firm corporation business
organisation organization
movie film
car vehicle automobile
automobile auto
teacher instructor professor faculty
student pupil
course class
team club
shop store
branch office
product item
job occupation position role
name title
kind type category class sort
gender sex
date day
time hour
year annual yearly
month monthly
age old older oldest young younger youngest
birth born birthday
height tall tallest
weight heavy heaviest lightest
duration length longest shortest
distance longest shortest
speed fast fastest slowest
rating score rank grade stars
score points mark
enrollment enrolment enrolled
opened open opening
closed close closing
headquarter headquarters
department dept division
attendance attendee audience visitor
visitor guest
capacity seating size
death killed fatality casualty
kill killed
victory win won
loss lost defeat
flight trip
plane aircraft airplane
airline carrier
airport airfield
temperature temp
rainfall precipitation rain
wind windspeed
latitude lat
longitude lon lng long
phone telephone
mail email
description desc
maximum max highest largest
minimum min lowest smallest
average avg mean
percent percentage pct rate
population populated populous people inhabitants residents
language tongue
religion denomination affiliation
party political
song track music
singer artist musician
book publication
author writer
genre category
platform system
campaign promotion
order purchase
purchase bought
payment paid pay
invoice bill
supplier vendor
manufacturer maker producer
mission launch
launched launch
hosted held
experience working
graduation graduated college
settlement settled
claim claimed
registration registered register
completion completed
attendance crowd spectator
viewer audience
employee headcount
doctor physician
lawyer attorney
booking reservation
delivery shipment shipping
parcel package
apartment flat
town city
altitude elevation height
seat seating capacity
stock inventory
dollar usd
begin began start started
finish finished end ended
learner student pupil
donation gift
hired hire
founded founding foundation established
""".strip().splitlines()

_ABBREVIATIONS = {
    "num": "number", "no": "number", "nbr": "number", "nb": "number", "cnt": "count",
    "qty": "quantity", "amt": "amount", "avg": "average", "max": "maximum", "min": "minimum",
    "dept": "department", "yr": "year", "yrs": "year", "mth": "month", "desc": "description",
    "addr": "address", "tel": "telephone", "temp": "temperature", "stu": "student",
    "emp": "employee", "mgr": "manager", "cust": "customer", "prod": "product",
    "cat": "category", "loc": "location", "pct": "percent", "lat": "latitude",
    "lon": "longitude", "lng": "longitude", "fname": "first name", "lname": "last name",
    "dob": "birth date", "bdate": "birth date", "birthdate": "birth date",
    "birthday": "birth date", "gnp": "gross national product", "gdp": "gross domestic product",
    "pop": "population", "hrs": "hour", "hr": "hour", "mpg": "miles per gallon",
    "hp": "horsepower", "wt": "weight", "ht": "height", "sal": "salary", "acct": "account",
    "org": "organisation", "govt": "government", "doc": "document", "ref": "reference",
    "cre": "", "uid": "user id", "mph": "", "acc": "account", "trans": "transaction",
    "advisor": "adviser", "useracct": "user account", "hs": "high school",
    "gpa": "grade point average", "tot": "total", "cred": "credit", "pts": "point",
    "apps": "appearance", "wk": "week", "bal": "balance",
    "pettype": "pet type", "lifeexpectancy": "life expectancy", "surfacearea": "surface area",
}  # fmt: skip

# "custid" is the id of a customer.
_SHORT_AND_NOUN = re.compile(
    r"^(dept|desc|addr|stu|emp|mgr|cust|prod|cat|acct|org|doc|trans)"
    r"(id|no|nr|num|name|code|type|date|address|status)$"
)

_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot",
    "mice": "mouse", "data": "data", "series": "series", "species": "species",
    "countries": "country", "cities": "city", "movies": "movie", "ties": "tie",
    "organization": "organisation", "organizations": "organisation", "wins": "win",
    "enrollment": "enrolment", "enrollments": "enrolment", "enrolled": "enrolment",
    "theatre": "theater", "colour": "color", "bus": "bus", "buses": "bus", "status": "status",
    "analyses": "analysis", "diagnoses": "diagnosis", "criteria": "criterion",
    "addresses": "address", "classes": "class", "expenses": "expense", "purchases": "purchase",
    "databases": "database", "houses": "house", "courses": "course", "nurses": "nurse",
    "licenses": "license", "races": "race", "horses": "horse", "cases": "case",
    "sales": "sale", "spent": "spend", "spending": "spend", "won": "win", "lost": "lose",
    "held": "hold", "bought": "buy", "sold": "sell", "born": "birth", "paid": "pay",
    "movie": "movie", "cookies": "cookie", "calories": "calorie", "gas": "gas",
    "took": "take", "taken": "take", "taught": "teach", "wrote": "write", "written": "write",
    "flew": "fly", "flown": "fly", "drove": "drive", "driven": "drive", "gave": "give",
    "given": "give", "led": "lead", "ran": "run", "built": "build", "lent": "lend",
    "percentage": "percent", "percentages": "percent", "costing": "cost", "costs": "cost",
    "aged": "age", "news": "news", "ids": "id", "gross": "gross", "address": "address",
}  # fmt: skip

_WORD = re.compile(r"\[\d+(?:\+\d+)*\]|[^\W_]+(?:['’-][^\W_]+)*|[%$€£]", re.UNICODE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)")


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Words with their start and end in the text."""
    return [(m.group(0), m.start(), m.end()) for m in _WORD.finditer(text)]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Singular of a word in lower case; enough to compare a question with a name."""
    word = word.lower().replace("’", "'")
    if word.endswith("'s"):
        word = word[:-2]
    elif word.endswith("s'"):
        word = word[:-1]
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=20_000)
def split_name(name: str) -> tuple[str, ...]:
    """The words of a table's or column's name, as stems, abbreviations written out."""
    words: list[str] = []
    for part in re.split(r"[\W_]+", _CAMEL.sub(" ", name)):
        lower = part.lower()
        if not lower:
            continue
        full = _ABBREVIATIONS.get(lower, lower)
        joined = _SHORT_AND_NOUN.match(lower) if full == lower else None
        if joined:
            full = f"{_ABBREVIATIONS[joined[1]]} {joined[2]}"
        words.extend(stem(word) for word in full.split())
    return tuple(words)


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _GROUPS:
        group = {stem(word) for word in line.split()}
        for word in group:
            table.setdefault(word, set()).update(group - {word})
    return {word: frozenset(others) for word, others in table.items()}


_SUFFIX_TEXT = """
e d s ed er or ing ion ation ment al ly ance ence y ment ity ive ee ism ist ian n an ish r ship
"""
_SUFFIXES = frozenset(_SUFFIX_TEXT.split())


@lru_cache(maxsize=200_000)
def likeness(one: str, other: str) -> float:
    """How alike two stems are: 1 the same, 0 unrelated.

    0.9: one word family (claim, claimed); 0.75: synonyms; 0.7: an abbreviation.
    """
    if one == other:
        return 1.0
    if not one or not other or one.isdigit() or other.isdigit():
        return 0.0
    short, long = sorted((one, other), key=len)
    if len(short) >= 4:
        common = 0
        for a, b in zip(short, long, strict=False):
            if a != b:
                break
            common += 1
        if common >= 4 and common >= len(short) - 3:
            rests = short[common:], long[common:]
            if all(not rest or rest in _SUFFIXES for rest in rests):
                return 0.9
    if other in _synonyms().get(one, ()):
        return 0.75
    if (
        3 <= len(short) <= 5
        and len(long) >= len(short) + 3
        and (long.startswith(short) or _without_vowels(short, long))
    ):
        return 0.6
    return 0.0


def _without_vowels(short: str, long: str) -> bool:
    """Whether a word is another one with letters left out: ``appt`` for appointment."""
    if len(short) < 4 or short[0] != long[0] or set(short[1:]) & set("aeiouy"):
        return False
    letters = iter(long)
    return short[-1] == long[-1] and all(letter in letters for letter in short)


_WRITTEN_OUT = {
    "avg": "Average", "qty": "Quantity", "amt": "Amount", "dept": "Department", "max": "Maximum",
    "min": "Minimum", "nbr": "Number", "yr": "Year", "yrs": "Years", "pct": "Percentage",
    "desc": "Description", "addr": "Address", "tel": "Telephone", "emp": "Employee",
    "cust": "Customer", "prod": "Product", "stu": "Student", "mgr": "Manager", "cnt": "Count",
    "hrs": "Hours", "acct": "Account", "mth": "Month", "temp": "Temperature", "loc": "Location",
    "lname": "Last Name", "fname": "First Name", "dob": "Date of Birth", "pop": "Population",
}  # fmt: skip
_TRAVEL = {"dep": "Departure", "arr": "Arrival"}
_TRAVEL_AFTER = frozenset({"delay", "time", "date", "airport", "hour", "city", "datetime"})


def _written_out(words: list[str]) -> list[str]:
    """Common abbreviations of column names as words: ``Dep Delay`` → ``Departure Delay``."""
    made = []
    for index, word in enumerate(words):
        lower = word.lower()
        after = words[index + 1].lower() if index + 1 < len(words) else ""
        if lower in _TRAVEL and after in _TRAVEL_AFTER:
            made.append(_TRAVEL[lower])
        elif lower == "num" and after:
            made += ["Number"] if after in {"of", "id"} else ["Number", "of"]
        elif lower in {"num", "no"} and index and not after:
            made.append("Number")
        else:
            made += _WRITTEN_OUT.get(lower, word).split()
    return made


_PERSONS = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot",
    "mice": "mouse",
}  # fmt: skip
_UNCOUNTED = frozenset({"series", "species", "news", "data", "status", "information", "staff"})


def in_singular(words: str) -> str:
    """A title with its last word in the singular: ``Companies`` → ``Company``."""
    lead, gap, last = words.rpartition(" ")
    low = last.lower()
    if low in _UNCOUNTED or not (low in _PERSONS or low.endswith("s")):
        return words
    one = _PERSONS.get(low) or stem(low)
    if low not in _PERSONS and not low.startswith(one.removesuffix("y")):
        one = low[:-1]  # a stem in another spelling
    return lead + gap + (one.capitalize() if last[:1].isupper() else one)


def in_plural(words: str) -> str:
    """A title with its last word in the plural: ``Person`` → ``People``."""
    lead, gap, last = words.rpartition(" ")
    low = last.lower()
    if not low or low in _UNCOUNTED or low in _PERSONS or in_singular(low) != low:
        return words
    persons = {one: many for many, one in _PERSONS.items()}
    if low in persons:
        many = persons[low]
    elif re.search(r"[^aeiou]y$", low):
        many = low[:-1] + "ies"
    else:
        many = low + ("es" if re.search(r"(?:s|x|z|ch|sh)$", low) else "s")
    return lead + gap + (many.capitalize() if last[:1].isupper() else many)


def humanise(name: str) -> str:
    """A name as people read it: ``Airport_Name`` → ``Airport Name``, ``avg_qty`` → ``Average
    Quantity``."""
    words = _written_out([w for w in re.split(r"[\W_]+", _CAMEL.sub(" ", name)) if w])
    if not words:
        return name
    small = {"of", "in", "the", "per", "and", "by", "for", "to", "at", "on"}
    written = []
    for index, word in enumerate(words):
        if word.lower() in small and index:
            written.append(word.lower())
        elif word.isupper() and len(word) <= 4:
            written.append(word)
        elif word.lower() == "id":
            written.append("ID")
        else:
            written.append(word[:1].upper() + word[1:].lower())
    return " ".join(written)


def slug(text: str) -> str:
    """A plain name for a result column: lower case, underscores, never empty."""
    made = re.sub(r"[\W_]+", "_", text).strip("_").lower()
    if not made:
        return "value"
    return made if not made[0].isdigit() else f"n_{made}"
