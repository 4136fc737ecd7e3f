"""From questions to rows and to charts, on small databases of our own."""

from __future__ import annotations

from typing import Any

import pytest


def test_things_are_counted_for_each_group(sales: Any) -> None:
    answer = sales.ask("How many customers are there in each country?")
    assert sorted(answer.rows) == [("Spain", 2), ("United Kingdom", 2)]
    assert answer.marks == ["bar"]
    assert answer.channel("x")["type"] == "nominal"
    assert answer.channel("y")["type"] == "quantitative"


def test_a_total_is_summed_over_the_joins_that_lead_to_it(sales: Any) -> None:
    answer = sales.ask("Show total quantity sold per product category as a bar chart")
    assert sorted(answer.rows) == [("Furniture", 5), ("Office", 36), ("Technology", 3)]


def test_tables_that_do_not_touch_are_joined_through_those_between(sales: Any) -> None:
    answer = sales.ask("Bar chart of total quantity for each country")
    assert sorted(answer.rows) == [("Spain", 30), ("United Kingdom", 14)]


def test_months_are_cut_from_dates_and_run_along_a_line(sales: Any) -> None:
    answer = sales.ask("Number of orders per month as a line chart")
    assert answer.rows == [("2022-01", 1), ("2022-02", 2), ("2023-01", 1), ("2023-03", 2)]
    assert answer.marks == ["line"]
    assert answer.channel("x")["type"] == "temporal"


def test_a_second_group_becomes_the_colour_of_stacked_bars(sales: Any) -> None:
    answer = sales.ask("Plot the number of orders per year by country as a stacked bar chart")
    assert sorted(answer.rows) == [(2022, "United Kingdom", 3), (2023, "Spain", 3)]
    assert answer.channel("color")["field"] == "country"


def test_a_value_that_the_data_hold_becomes_a_condition(sales: Any) -> None:
    answer = sales.ask("Total shipping cost per customer in Spain, as horizontal bars")
    assert sorted(answer.rows) == [("Cy Diaz", 13.0), ("Di Evans", 6.0)]
    assert answer.channel("y")["type"] == "nominal"
    assert answer.channel("x")["type"] == "quantitative"


def test_a_bare_year_is_a_condition_on_the_date(sales: Any) -> None:
    answer = sales.ask("Orders after 2022 by month")
    assert answer.rows == [("2023-01", 1), ("2023-03", 2)]


def test_values_that_are_compared_are_told_apart_by_colour(sales: Any) -> None:
    answer = sales.ask(
        "Compare the quantity of Furniture and Office products per country, grouped bars"
    )
    assert sorted(answer.rows) == [
        ("Spain", "Furniture", 2),
        ("Spain", "Office", 26),
        ("United Kingdom", "Furniture", 3),
        ("United Kingdom", "Office", 10),
    ]
    assert answer.channel("xOffset")["field"] == "category"


def test_the_top_n_come_first_and_are_sorted_on_the_axis(school: Any) -> None:
    answer = school.ask("What are the top 2 clubs by budget?")
    assert answer.rows[:2] == [("Robotics", 400.0), ("Drama", 250.0)]
    assert answer.spec["transform"][1] == {"filter": "datum.rank <= 2"}
    assert answer.channel("x")["sort"] == "-y"


def test_the_lowest_n_are_taken_when_the_words_say_so(school: Any) -> None:
    answer = school.ask("Bar chart of the bottom 1 clubs by budget")
    assert answer.rows[0] == ("Chess", 100.0)
    assert answer.spec["transform"][0]["sort"] == [{"field": "budget"}]
    assert answer.spec["transform"][1] == {"filter": "datum.rank <= 1"}


def test_an_excluded_value_is_left_out(school: Any) -> None:
    answer = school.ask("Show the average age of students per club excluding Chess")
    assert {row[0] for row in answer.rows} == {"Drama", "Robotics"}


def test_a_range_in_words_is_a_range_in_the_query(school: Any) -> None:
    answer = school.ask("Bar chart of the number of students aged between 15 and 16 per home town")
    assert "BETWEEN 15 AND 16" in answer.sql


def test_female_and_male_are_read_in_a_column_of_letters(school: Any) -> None:
    answer = school.ask("Average math score of female students by home town")
    assert "gender = 'F'" in answer.sql
    assert {row[0] for row in answer.rows} == {"Bath", "Truro", "Hull"}


def test_numbers_in_text_are_cast_before_they_are_drawn(flights: Any) -> None:
    answer = flights.ask("Show runway length for each airport")
    assert sorted(answer.rows) == [
        ("East Hill", 1800.0),
        ("North Field", 3500.0),
        ("South Bay", 2100.0),
    ]


def test_several_measures_under_one_legend_come_in_long_form(flights: Any) -> None:
    answer = flights.ask(
        "Show international and domestic passengers for each airport as a grouped bar chart"
    )
    assert len(answer.rows) == 6
    assert ("South Bay", 700, "Domestic") in answer.rows
    assert answer.channel("color")["field"] == answer.channel("xOffset")["field"]


def test_a_code_is_shown_by_the_name_that_it_refers_to(flights: Any) -> None:
    answer = flights.ask("Average delay by airline, sorted from highest to lowest")
    assert {row[0] for row in answer.rows} == {"Alpha Air", "Beta Jet", "Cirrus"}
    assert answer.channel("x")["sort"] == "-y"


def test_a_mean_line_is_drawn_over_the_bars(flights: Any) -> None:
    answer = flights.ask(
        "Bar chart of average delay per airline with the overall average as a red line"
    )
    assert answer.marks == ["bar", "rule"]
    assert answer.spec["layer"][1]["mark"]["color"] == "red"


def test_hours_of_the_day_are_cut_from_timestamps(flights: Any) -> None:
    answer = flights.ask("How does the average delay change by hour of day?")
    assert [int(row[0]) for row in answer.rows] == sorted(range(24))


def test_weekdays_have_names_in_their_order(flights: Any) -> None:
    answer = flights.ask("Show the number of flights by day of the week as a bar chart")
    assert {row[0] for row in answer.rows} <= {
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    }  # fmt: skip
    assert answer.channel("x")["sort"][0] == "Monday"


def test_a_running_total_is_made_along_time(flights: Any) -> None:
    answer = flights.ask("Cumulative number of flights over time as an area chart")
    assert answer.marks == ["area"]
    assert answer.spec["transform"][0]["window"][0]["op"] == "count"
    assert "GROUP BY" not in answer.sql  # each flight adds one at its date


def test_a_relationship_is_a_scatter_plot_of_plain_rows(school: Any) -> None:
    answer = school.ask("What is the relationship between math score and reading score?")
    assert answer.marks == ["point"]
    assert answer.channel("x")["field"] == "math_score"
    assert answer.channel("y")["field"] == "reading_score"
    assert len(answer.rows) == 40


def test_a_regression_line_lies_over_the_points(school: Any) -> None:
    answer = school.ask("Scatter plot of math score versus reading score with a regression line")
    assert answer.marks == ["point", "line"]
    assert "regression" in answer.spec["layer"][1]["transform"][0]


def test_a_histogram_is_binned_as_asked(sales: Any) -> None:
    answer = sales.ask("Histogram of unit prices with 10 bins")
    assert answer.channel("x")["bin"] == {"maxbins": 10}
    assert answer.channel("y")["aggregate"] == "count"


@pytest.mark.parametrize(
    ("question", "mark"),
    [
        ("Box plot of delay minutes for each airline", "boxplot"),
        ("Strip plot of delay minutes for each airline", "tick"),
        ("Heatmap of the number of flights by airline and airport", "rect"),
        ("Pie chart of the number of flights by airline", "arc"),
        ("Donut chart of the number of flights by airline", "arc"),
        ("Area chart of the number of flights over time", "area"),
        ("Line chart of the number of flights per month for each airline", "line"),
        ("Density plot of the distance of flights by airline", "area"),
    ],
)
def test_the_kind_of_chart_in_words_is_the_mark(flights: Any, question: str, mark: str) -> None:
    assert flights.ask(question).marks == [mark]


def test_a_donut_has_a_hole(flights: Any) -> None:
    answer = flights.ask("Donut chart of the number of flights by airline")
    assert answer.spec["mark"]["innerRadius"] > 0


def test_normalised_stacks_are_normalised(school: Any) -> None:
    answer = school.ask("Normalized stacked bar chart of students by club and gender")
    assert answer.channel("y")["stack"] == "normalize"
    assert answer.channel("color")["field"] == "gender"


def test_panels_are_made_for_each_group(school: Any) -> None:
    answer = school.ask("Histogram of math scores with a separate row for each gender")
    assert answer.channel("row")["field"] == "gender"


def test_bubbles_show_a_third_measure(flights: Any) -> None:
    answer = flights.ask(
        "Bubble chart of delay minutes versus distance miles, with the size of the bubbles "
        "representing the launch year"
    )
    assert answer.channel("size")["field"] == "launch_year"


def test_titles_axis_titles_and_colours_are_taken_as_said(sales: Any) -> None:
    answer = sales.ask(
        'Show the number of customers per country with green bars. Title it "Where they live" '
        'and label the y-axis as "People".'
    )
    assert answer.spec["title"] == "Where they live"
    assert answer.channel("y")["title"] == "People"
    assert answer.spec["mark"]["color"] == "green"


def test_tooltips_come_only_when_asked(sales: Any) -> None:
    without = sales.ask("Number of customers per country as a bar chart")
    assert "tooltip" not in without.spec["encoding"]
    with_ = sales.ask(
        "Number of customers per country as a bar chart. Include tooltips with the country and "
        "the number of customers."
    )
    fields = [item["field"] for item in with_.spec["encoding"]["tooltip"]]
    assert fields == ["country", "number_of_customers"]


def test_values_are_written_on_the_bars(sales: Any) -> None:
    answer = sales.ask("Bar chart of customers per country with the count displayed on each bar")
    assert answer.marks == ["bar", "text"]


def test_bars_over_a_threshold_stand_out(school: Any) -> None:
    answer = school.ask(
        "Bar chart of the budget of each club. Highlight clubs with more than 200 in red, with a "
        "black dashed line at the threshold."
    )
    assert answer.marks == ["bar", "bar", "rule"]
    assert answer.spec["layer"][1]["transform"][0] == {"filter": "datum.budget > 200"}
    assert answer.spec["layer"][1]["mark"]["color"] == "red"


def test_error_bars_keep_the_rows_that_they_are_made_of(school: Any) -> None:
    answer = school.ask(
        "Bar chart of the average math score by home town with error bars for the confidence "
        "interval"
    )
    assert answer.marks == ["bar", "errorbar"]
    assert len(answer.rows) == 40
    assert answer.channel("y")["aggregate"] == "mean"


def test_a_small_chart_below_chooses_what_the_large_one_shows(flights: Any) -> None:
    answer = flights.ask(
        "Line chart of the number of flights per month, with a smaller chart below that lets me "
        "select a range"
    )
    assert [view["height"] for view in answer.spec["vconcat"]] == [200, 60]


def test_a_click_on_the_legend_fades_the_others(school: Any) -> None:
    answer = school.ask(
        "Stacked bar chart of students by club and gender where I can click on the legend to "
        "highlight a gender"
    )
    assert answer.spec["params"][0]["bind"] == "legend"


def test_an_assumption_is_told(school: Any) -> None:
    answer = school.ask("Bar chart of the salary of teachers by department")
    assert any("Salary" in text for text in answer.plan.assumptions)


def test_a_quoted_title_gives_no_condition_and_no_column(sales: Any) -> None:
    answer = sales.ask('Bar chart of the number of customers per country, titled "Spain in 2022"')
    assert "WHERE" not in answer.sql


def test_the_same_question_gives_the_same_answer(sales: Any) -> None:
    question = "Total quantity per category and country as a stacked bar chart"
    first, second = sales.ask(question), sales.ask(question)
    assert (first.sql, first.code) == (second.sql, second.code)


def test_what_is_not_in_the_data_lowers_the_confidence(sales: Any) -> None:
    assert sales.plan("Show the mean thickness of glaciers by continent").confidence < 0.3


def test_numbers_with_units_and_brackets_are_numbers(make_database: Any) -> None:
    database = make_database(
        """CREATE TABLE boats (boat_id INTEGER PRIMARY KEY, boat_name TEXT, weight TEXT,
          length TEXT);
        INSERT INTO boats VALUES (1,'Ada','1,370 lb (635 kg)','12 ft (4 m)'),
        (2,'Bea','3,200 lb (1,451 kg)','15 ft (5 m)'),(3,'Cat','500 lb (227 kg)','9 ft (3 m)');"""
    )
    answer = database.ask("Scatter plot of weight versus length of the boats")
    assert sorted(answer.rows) == [(500.0, 9.0), (1370.0, 12.0), (3200.0, 15.0)]


def test_differences_from_the_mean_are_drawn_on_numbers(school: Any) -> None:
    answer = school.ask(
        "Scatter plot showing how each student's math score differs from the average, plotted "
        "against the reading score"
    )
    assert answer.channel("y")["field"] == "residual"
    assert answer.channel("y")["type"] == "quantitative"


def test_a_slider_moves_the_threshold_between_two_colours(school: Any) -> None:
    answer = school.ask(
        "Bar chart of the budget of each club with a slider for a threshold: clubs below it "
        "should be blue and those above it should be red"
    )
    parameter = answer.spec["params"][0]
    assert parameter["bind"]["max"] == 400.0
    assert answer.channel("color")["condition"][0]["value"] == "blue"
    assert answer.channel("color")["value"] == "red"


def test_one_thing_is_taken_by_its_number(school: Any) -> None:
    answer = school.ask("Bar chart of the number of students in club 2 per home town")
    assert "club_id = 2" in answer.sql


def test_what_things_are_sorted_by_is_no_group(flights: Any) -> None:
    answer = flights.ask("Horizontal bar chart of airports ranked by their total passengers")
    assert answer.columns == ["airport_name", "total_passengers"]
    assert answer.channel("y")["sort"] == "-x"


def test_months_and_years_of_one_date_make_two_axes(sales: Any) -> None:
    answer = sales.ask("Heatmap of the number of orders by month and year")
    assert answer.columns == ["month", "year", "number_of_orders"]
    assert answer.channel("x")["field"] == "month"
    assert answer.channel("y")["field"] == "year"


def test_a_type_is_shown_by_its_description(make_database: Any) -> None:
    database = make_database(
        """CREATE TABLE office_types (office_type TEXT PRIMARY KEY, office_type_description TEXT);
        CREATE TABLE offices (office_id INTEGER PRIMARY KEY,
          office_type TEXT REFERENCES office_types(office_type), rent REAL);
        INSERT INTO office_types VALUES ('HQ','Headquarters'),('BR','Branch');
        INSERT INTO offices VALUES (1,'HQ',10),(2,'BR',3),(3,'BR',4);"""
    )
    answer = database.ask("Bar chart of the total rent by office type")
    assert sorted(answer.rows) == [("Branch", 7.0), ("Headquarters", 10.0)]


def test_a_year_can_be_one_side_of_a_relationship(flights: Any) -> None:
    answer = flights.ask("Scatter plot of the relationship between launch year and delay minutes")
    assert answer.channel("x")["field"] == "launch_year"
    assert answer.channel("y")["field"] == "delay_minutes"


def test_a_month_is_a_condition_with_or_without_its_year(sales: Any) -> None:
    answer = sales.ask("Bar chart of total quantity per product for orders in February 2022")
    assert sorted(answer.rows) == [("Desk", 1), ("Pen", 10), ("Phone", 1)] or sorted(
        answer.rows
    ) == [("Desk", 1), ("Phone", 1)]
    june = sales.ask("How many orders were made in March?")
    assert june.rows[0][-1] == 2


def test_groups_are_kept_by_how_many_things_they_hold(sales: Any) -> None:
    answer = sales.ask("Which customers have more than 1 order?")
    assert sorted(answer.rows) == [("Ada Bell", 2), ("Cy Diaz", 2)]


def test_one_measure_against_another_is_a_scatter_plot(school: Any) -> None:
    answer = school.ask("Plot years of experience against salary, coloured by department")
    assert answer.marks == ["point"]
    assert answer.channel("color")["field"] == "department"


def test_the_things_that_have_a_value_are_its_groups(school: Any) -> None:
    answer = school.ask("Draw a bar chart of club budgets")
    assert sorted(answer.rows) == [("Chess", 100.0), ("Drama", 250.0), ("Robotics", 400.0)]


def test_things_by_a_number_are_counted_for_each_number(school: Any) -> None:
    answer = school.ask("Bar chart of students by age")
    assert sum(row[-1] for row in answer.rows) == 40
    assert answer.channel("x")["field"] == "age"


def test_the_fewest_are_taken_from_the_other_end(sales: Any) -> None:
    answer = sales.ask("Show the 1 country with the fewest customers")
    assert answer.spec["transform"][1] == {"filter": "datum.rank <= 1"}
    assert "ASC" in answer.sql or "DESC" not in answer.sql


def test_points_are_drawn_even_with_one_measure(school: Any) -> None:
    answer = school.ask("Scatter plot of the average salary for each department")
    assert answer.marks == ["point"]
    assert len(answer.rows) == 3
