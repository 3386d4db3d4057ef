"""The language of filters and formulas: what it reads, what it refuses and how it says so, what it means."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlfoundry.errors import InvalidExpression, InvalidInput
from mlfoundry.expression import Type, bind, columns_of, evaluate, parse
from mlfoundry.expression.times import micros_of_text
from mlfoundry.expression.tokens import written_name
from mlfoundry.times import as_utc, to_micros

COLUMNS: dict[str, Type] = {
    "age": "int",
    "amount": "float",
    "country": "text",
    "new": "bool",
    "since": "time",
    "odd name": "float",
    "a.b": "float",
    "features.prediction": "text",
    "prediction": "label",
    "score.late": "float",
    "score.very late": "float",
    "actual": "label",
}
ROW: dict[str, Any] = {
    "age": 40,
    "amount": 2.5,
    "country": "DE",
    "new": True,
    "since": to_micros(as_utc("2026-01-31T12:00:00Z")),
    "odd name": -1.0,
    "a.b": 0.0,
    "features.prediction": "told",
    "prediction": "1",
    "score.late": 0.25,
    "score.very late": 0.5,
}


def holds(text: str, **values: Any) -> Any:
    return evaluate(bind(parse(text), COLUMNS), {**ROW, **values}.get)


def value(text: str, **values: Any) -> Any:
    return evaluate(bind(parse(text), COLUMNS, wanted="number"), {**ROW, **values}.get)


@pytest.mark.parametrize(
    "text",
    [
        "age == 40",
        "age != 41 and age >= 40.0",
        "0 < age <= 40",
        "40 == age",
        "features.age in (1, 40,)",
        "age in [39.5, 40]",
        "age not in (1, 2)",
        "country == 'DE'",
        'country in ("FR", "DE") and country > "D"',
        "new and new == true and new != FALSE",
        "not (age > 40 or not new)",
        "NOT age > 40 AND New IS NOT NULL".replace("New", "new"),
        "since < '2026-02-01' and since >= '2026-01-31T13:00+01:00'",
        "`odd name` == -1 and features.`odd name` == -1.0",
        "a.b == 0 and `a.b` == 0",
        "features.prediction == 'told'",
        "prediction == 1 and prediction == '1' and prediction == 1.0 and prediction != true",
        "prediction in (0, 1)",
        "score.late < score.`very late`",
        "actual is null and age is not null",
        "not amount is None or false",
        "abs(`odd name`) + 2 * amount / 5 - -1 == 3",
        "max(age, amount, 7) == 40 and min(age, amount) == 2.5",
        "log(exp(1)) == 1 and sqrt(age * 10) == 20",
        "new + 1 == 2 and (age > 1) * 3 == 3",
        "+age == 40",
        r"""country != 'it\'s' and country != "\u00e4\n" """,
    ],
)
def test_what_holds(text: str) -> None:
    assert holds(text) is True
    assert holds(f"not ({text})") is False


@pytest.mark.parametrize(
    "text",
    [
        "age > 30",
        "not age > 30",
        "age in (1, 40)",
        "age not in (1, 40)",
        "age != 40",
        "amount / `a.b` > 1",
        "log(`odd name`) > 0",
        "sqrt(`odd name`) > 0",
        "exp(amount * 1000) > 0",
        "min(amount, age) > 0",
        "actual == prediction",
        "age > 30 and true",
        "age > 30 or false",
    ],
)
def test_nothing_is_known_of_what_is_missing(text: str) -> None:
    assert holds(text, age=None) is None


def test_what_is_known_decides_beside_what_is_missing() -> None:
    assert holds("age > 30 or country == 'DE'", age=None) is True
    assert holds("age > 30 and country == 'FR'", age=None) is False
    assert holds("age is null", age=None) is True
    assert holds("age + 1 is null", age=None) is True


def test_whole_numbers_are_compared_exactly() -> None:
    big = 2**53 + 1
    assert holds(f"age == {big}", age=big) is True
    assert holds(f"age == {big}", age=2**53) is False
    assert holds(f"age in ({big}, 1)", age=2**53) is False
    assert holds("age > 9223372036854775808", age=2**63 - 1) is False  # beyond int64 it is a float


def test_a_formula_is_a_number() -> None:
    assert value("abs(age - amount) * 2") == 75.0
    assert value("new") == 1.0
    assert value("(prediction != actual) * amount", actual="0") == 2.5
    assert value("amount * amount", amount=1e200) is None
    with pytest.raises(InvalidExpression, match="prediction is a class; a number is needed here"):
        value("prediction * 2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the expression ends where a value should stand (position 1)"),
        ("age >", "the expression ends where a value should stand (position 6)"),
        ("age > 3 4", "4 stands where 'and', 'or' or the end should stand (position 9)"),
        ("age = 3", "'=' means nothing here; write '==' (position 5)"),
        ("age <> 3", "'<>' means nothing here; write '!=' (position 5)"),
        ("age > 3 & new", "'&' means nothing here; write 'and' (position 9)"),
        ("!new", "'!' means nothing here; write 'not' (position 1)"),
        ("age ** 2 > 3", "'**' means nothing here (position 5)"),
        ("age > #", "'#' means nothing here (position 7)"),
        ("country == 'DE", "the text that begins with ' does not end (position 12)"),
        (r"country == 'a\x'", r"\x means nothing in a text"),
        (r"country == '\ud800'", "half of a surrogate pair is no character (position 12)"),
        ("`odd > 3", "the name that begins with ` does not end"),
        ("age == null", "nothing is equal to null; write 'is null' (position 5)"),
        ("age != None", "nothing is equal to null; write 'is not null' (position 5)"),
        ("age is 3", "3 stands where 'null' should stand (position 8)"),
        ("age in 3", "3 stands where a list such as ('DE', 'FR') should stand (position 8)"),
        ("age in ()", ") stands where a value should stand (position 9)"),
        ("age in (amount)", "a list holds numbers, texts, true and false alone (position 9)"),
        ("(age > 3", "the expression ends where ')' should stand (position 9)"),
        ("age.__class__ == 3", "no column 'age.__class__'"),
        ("eval('1')", "no function 'eval'; there are abs, exp, log, sqrt, min, max (position 1)"),
        ("sqt(age) > 1", "did you mean sqrt?"),
        ("abs(age, 3) > 1", "abs takes 1 arguments (position 1)"),
        ("max(age) > 1", "max takes 2 to 20 arguments (position 1)"),
        ("1e999 > age", "1e999 is larger than any number here (position 1)"),
        ("new and agee > 30", "no column 'agee' (position 9); did you mean age?"),
        ("od_name > 3", "did you mean `odd name`?"),
        ("score > 0.5", "no column 'score'; say of which class: score.late, score.`very late` (position 1)"),
        ("age", "age is a whole number, no condition; compare it, as in age > 30 (position 1)"),
        ("new and amount", "amount is a number, no condition"),
        ("age == 'x'", "age is a whole number, but 'x' is a text (position 8)"),
        ("country > 3", "country is a text, but 3 is a whole number (position 11)"),
        ("country in ('DE', 3)", "country is a text, but 3 is a whole number (position 19)"),
        ("new == 1", "new is true or false, but 1 is a whole number (position 8)"),
        ("new < true", "new is true or false, which has no order; compare it by == or != (position 5)"),
        ("prediction > 1", "prediction is a class, which has no order; compare it by == or != (position 12)"),
        ("prediction == age", "prediction is a class, but age is a whole number; they cannot be compared"),
        (
            "since > 'then'",
            "since is a time, but 'then' is no time; one looks like '2026-01-31T13:45:00Z' (position 9)",
        ),
        ("since > 3", "since is a time, but 3 is a whole number"),
        ("country + 1 == 2", "country is a text; a number is needed here (position 1)"),
    ],
)
def test_an_error_says_where_what_and_how(text: str, said: str) -> None:
    with pytest.raises(InvalidExpression) as error:
        holds(text)
    assert said in str(error.value)
    assert f"(position {error.value.position})" in str(error.value)


def test_an_expression_is_bounded() -> None:
    holds("(" * 40 + "new" + ")" * 40)
    holds(" and ".join(["new"] * 200))
    assert holds(f"age in ({'1,' * 990})") is False
    for text, said in [
        ("(" * 60 + "new" + ")" * 60, "more than 50 levels deep"),
        ("not " * 60 + "new", "more than 50 levels deep"),
        ("-" * 60 + "age > 1", "more than 50 levels deep"),
        ("1" + "+1" * 60 + " > 1", "more than 50 levels deep"),
        (" " * 2_001, "2,001 characters; 2,000 are the most"),
    ]:
        with pytest.raises(InvalidExpression, match=said):
            holds(text)


def test_equal_texts_make_equal_trees_and_1_is_not_true() -> None:
    assert parse("age>3") == parse("  age  >  3 ")
    assert hash(parse("age>3")) == hash(parse("age > 3"))
    assert len({parse(f"prediction == {one}") for one in ("1", "1.0", "true", "'1'")}) == 4


def test_the_columns_of_an_expression() -> None:
    tree = parse("features.age > 3 and age < 9 and abs(score.late) in (1, 2) or actual is null")
    assert set(columns_of(tree)) == {"age", "score.late", "actual"}
    assert columns_of(bind(tree, COLUMNS)) == columns_of(tree)


@pytest.mark.parametrize(
    "key", ["age", "odd name", "a`b", "not", "a.b", "Zürich", "1st", "features.prediction", "score.a b"]
)
def test_a_written_name_reads_as_its_column(key: str) -> None:
    assert columns_of(parse(f"{written_name(key)} is null")) == (key,)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("age amount'\"`()[]<>=!+-*/.,0123 andornotinis null\\\n"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        tree = bind(parse(text), COLUMNS)
    except InvalidExpression:
        return
    assert evaluate(tree, ROW.get) in (True, False, None)


@settings(max_examples=200, deadline=None)
@given(st.datetimes(min_value=datetime(1000, 1, 2)), st.sampled_from(["", "Z", "+02:00", "-05:30"]))
def test_a_time_reads_as_everywhere(moment: datetime, zone: str) -> None:
    text = moment.isoformat() + zone
    try:
        expected = to_micros(as_utc(text))
    except InvalidInput:
        return  # beyond the year 9999 in UTC
    assert micros_of_text(text) == expected
