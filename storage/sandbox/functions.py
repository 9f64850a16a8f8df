"""Which functions a stranger's statement may call: what works on values and on time, and no more.

What is not named here is refused: what sleeps, reads files or settings, makes a value of any size from a few letters,
or runs a statement that stands in a text.
"""

from __future__ import annotations

_BOTH = """
abs avg ceil ceiling coalesce concat concat_ws count cume_dist degrees dense_rank exp first_value floor instr lag
last_value lead left length ln log log10 lower ltrim max min mod nth_value ntile nullif octet_length percent_rank
pow power radians rank replace right round row_number rtrim sign sqrt substr substring sum trim trunc upper
acos asin atan atan2 cos sin tan pi random
"""

SQLITE = frozenset(
    (
        _BOTH
        + """
        char date datetime glob group_concat hex ifnull iif julianday like likelihood likely unlikely unicode
        strftime time timediff total typeof unixepoch quote sign
        json json_array json_array_length json_extract json_object json_type json_valid json_quote
        json_group_array json_group_object -> ->> current_date current_time current_timestamp
        """
    ).split()
)

POSTGRESQL = frozenset(
    (
        _BOTH
        + """
        age array_agg array_length array_position array_to_string ascii bit_length bool_and bool_or btrim cardinality
        cbrt char_length character_length chr corr covar_pop covar_samp date_bin date_part date_trunc div every
        extract generate_series greatest grouping initcap isfinite json_agg json_array_elements
        json_array_elements_text json_array_length json_build_array json_build_object json_each json_each_text
        json_extract_path json_extract_path_text json_object_agg json_typeof jsonb_agg jsonb_array_elements
        jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
        jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_object_agg jsonb_typeof least make_date
        make_interval make_time make_timestamp make_timestamptz md5 mode now overlay percentile_cont percentile_disc
        position regexp_count regexp_match regexp_matches regexp_replace regexp_split_to_array
        regexp_split_to_table regexp_substr regr_intercept regr_r2 regr_slope reverse row_to_json scale split_part
        starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array strpos
        string_to_table timezone to_char to_date to_json to_jsonb to_number to_timestamp transaction_timestamp
        translate unnest var_pop var_samp variance width_bucket clock_timestamp date timestamp
        """
    ).split()
)

_GRAMMAR = """
all and any array as asc between bit by case cast char character cross cube decimal desc distinct else
end except exclude exists filter float following for from full grouping group having ilike in inner interval
intersect is join lateral left like limit materialized natural not null numeric offset on only or order over
partition preceding range recursive right rollup row rows select sets similar some symmetric then time timestamp
timestamptz to union using values varchar varying when where window with within
"""
BEFORE_A_BRACKET = frozenset(_GRAMMAR.split())
"""Words of PostgreSQL that a bracket may follow without a call: of its grammar, and types with a length."""
