"""The functions that a query may call, by dialect: everything else is refused.

Each name here is free of side effects and reads neither files, network, settings nor other
tables. A function that is missing can be added when that is known to be so; one that is
unknown stays refused (fail closed).
"""

from __future__ import annotations

__all__ = ["KEYWORDS_BEFORE_PARENTHESIS", "allowed_functions"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().split())


# Words that may stand before a parenthesis without being a function: grammar and type names.
KEYWORDS_BEFORE_PARENTHESIS = _words(
    """
    all and any array as asymmetric between by case cast cross cube distinct else end escape
    except exclude exists filter from full group grouping groups having ilike in inner
    intersect interval is isnull join lateral left like limit map match materialized natural
    not notnull null nulls of offset on or order outer over partition qualify range recursive
    regexp replace respect right rlike rollup row rows select sets similar some struct symmetric
    then to union unpivot pivot using values when where window with within xor div mod
    bigint binary bit blob bool boolean bpchar byte bytea char character clob date datetime dec
    decimal double enum fixed float float4 float8 hugeint int int1 int2 int4 int8 integer json
    jsonb long mediumint number numeric nvarchar nchar real short signed smallint string text
    time timestamp timestamptz tinyint tinytext ubigint uinteger unsigned usmallint utinyint
    varbinary varchar varying year zone
    """
)

_COMMON = _words(
    """
    abs acos asin atan atan2 avg ceil ceiling char_length character_length coalesce concat
    concat_ws corr cos cot count covar_pop covar_samp cume_dist current_date current_time
    current_timestamp date degrees dense_rank exp extract first_value floor greatest
    if iif ifnull lag last_value lead least left length ln localtime localtimestamp log log10
    log2 lower lpad ltrim max min mod now nth_value ntile nullif octet_length overlay
    percent_rank percentile_cont percentile_disc pi position pow power radians rank
    regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
    repeat replace reverse right round row_number rpad rtrim sign sin sqrt stddev stddev_pop
    stddev_samp substr substring sum tan time translate trim trunc truncate upper var_pop
    var_samp variance mode median cast convert try_cast not exists any all some grouping
    ascii chr initcap split_part every bit_length cbrt
    """
)

_SQLITE = _COMMON | _words(
    """
    acosh asinh atanh cosh sinh tanh char concat changes datetime format glob group_concat
    hex instr julianday likely unlikely likelihood like nullif octet_length printf quote random
    randomblob sign soundex string_agg strftime timediff total typeof unhex unicode unixepoch
    zeroblob json json_array json_array_length json_each json_tree json_extract json_group_array
    json_group_object json_insert json_object json_patch json_pretty json_quote json_remove
    json_replace json_set json_type json_valid sqlite_version
    stdev stddev variance median percentile percentile_cont percentile_disc
    """
)

_DUCKDB = _COMMON | _words(
    """
    add age aggregate any_value apply approx_count_distinct approx_quantile approx_top_k
    arbitrary arg_max arg_max_null arg_min arg_min_null argmax argmin array_agg array_aggr
    array_aggregate array_append array_apply array_cat array_concat array_contains
    array_distinct array_element array_extract array_filter array_has array_has_all
    array_has_any array_indexof array_intersect array_length array_pop_back array_pop_front
    array_position array_prepend array_push_back array_push_front array_reduce array_resize
    array_reverse array_slice array_sort array_sum array_to_string array_transform
    array_unique array_value array_zip bar base64 bin bit_and bit_count bit_or bit_position
    bit_xor bool_and bool_or cardinality century char_length columns contains count_if
    count_star countif damerau_levenshtein date_add date_diff date_part date_sub date_trunc
    datediff datepart datesub datetrunc dateadd day dayname dayofmonth dayofweek dayofyear
    decade divide editdist3 element_at ends_with entropy epoch epoch_ms epoch_ns epoch_us
    equi_width_bins era even factorial favg filter first flatten format formatreadabledecimalsize
    formatreadablesize from_base64 from_hex fsum gamma gcd generate_series geomean
    geometric_mean get_bit greatest_common_divisor group_concat hamming hash hex histogram
    histogram_exact histogram_values hour ilike_escape instr is_histogram_other_bin isfinite
    isinf isnan isodow isoyear jaccard jaro_similarity jaro_winkler_similarity json
    json_array json_array_length json_contains json_extract json_extract_path
    json_extract_path_text json_extract_string json_group_array json_group_object json_keys
    json_object json_quote json_structure json_transform json_type json_valid json_value
    julian kahan_sum kurtosis kurtosis_pop last last_day lcase lcm least_common_multiple
    left_grapheme len length_grapheme levenshtein lgamma like_escape list list_aggr
    list_aggregate list_any_value list_append list_apply list_approx_count_distinct list_avg
    list_bool_and list_bool_or list_cat list_concat list_contains list_cosine_similarity
    list_count list_distance list_distinct list_dot_product list_element list_entropy
    list_extract list_filter list_first list_grade_up list_has list_has_all list_has_any
    list_histogram list_indexof list_intersect list_kurtosis list_last list_mad list_max
    list_median list_min list_mode list_pack list_position list_prepend list_product
    list_reduce list_resize list_reverse list_reverse_sort list_select list_skewness list_slice
    list_sort list_stddev_pop list_stddev_samp list_string_agg list_sum list_transform
    list_unique list_value list_var_pop list_var_samp list_where list_zip listagg mad
    make_date make_time make_timestamp make_timestamp_ms make_timestamp_ns make_timestamptz
    map map_concat map_contains map_entries map_extract map_from_entries map_keys map_values
    max_by md5 mean microsecond millennium millisecond min_by minute mismatches month monthname
    multiply nanosecond nextafter nfc_normalize ord parse_dirname parse_dirpath parse_filename
    parse_path prefix printf product quantile quantile_cont quantile_disc quarter random range
    reduce regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches
    regexp_replace regexp_split_to_array regexp_split_to_table reservoir_quantile
    right_grapheme round_even roundbankers row sec second sem sha1 sha256 signbit skewness
    split starts_with stats stddev str_split str_split_regex strftime string_agg string_split
    string_split_regex string_to_array strip_accents strlen strpos strptime struct_extract
    struct_insert struct_keys struct_pack struct_values subtract substring_grapheme suffix
    sum_no_overflow sumkahan time_bucket timezone timezone_hour timezone_minute to_base
    to_base64 to_binary to_centuries to_days to_decades to_hex to_hours to_json
    to_microseconds to_milliseconds to_millennia to_minutes to_months to_quarters to_seconds
    to_timestamp to_weeks to_years today transaction_timestamp trim try try_strptime typeof
    ucase unbin unhex unicode union_extract union_tag union_value unnest url_decode url_encode
    uuid gen_random_uuid vector_type wavg week weekday weekofyear weighted_avg width_bucket
    xor year yearweek equi_width_bins bitstring bitstring_agg list_entropy asinh acosh atanh
    sinh cosh tanh ceil excel_text json_each json_tree
    """
)

_POSTGRES = _COMMON | _words(
    """
    age any_value array_agg array_append array_cat array_dims array_fill array_length
    array_lower array_ndims array_position array_positions array_prepend array_remove
    array_replace array_to_json array_to_string array_upper bit_and bit_or bit_xor bool_and
    bool_or btrim bit_count cardinality clock_timestamp date_bin date_part date_trunc decode
    div encode erf erfc factorial format gcd generate_series generate_subscripts hashtext
    initcap isempty isfinite json_agg json_array_elements json_array_elements_text
    json_array_length json_build_array json_build_object json_each json_each_text
    json_extract_path json_extract_path_text json_object json_object_agg json_object_keys
    json_strip_nulls json_typeof jsonb_agg jsonb_array_elements jsonb_array_elements_text
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
    jsonb_extract_path jsonb_extract_path_text jsonb_object jsonb_object_agg jsonb_object_keys
    jsonb_path_exists jsonb_path_query jsonb_path_query_array jsonb_path_query_first
    jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_typeof justify_days justify_hours
    justify_interval lcm lower_inc make_date make_interval make_time make_timestamp
    make_timestamptz md5 min_scale num_nonnulls num_nulls parse_ident quote_literal quote_ident
    quote_nullable random range_agg range_merge regexp_count regexp_instr regexp_like
    regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table
    regexp_substr row row_to_json scale sha224 sha256 sha384 sha512 sind cosd tand asind acosd
    atand sinh cosh tanh asinh acosh atanh starts_with statement_timestamp string_agg
    string_to_array string_to_table strpos timeofday to_ascii to_char to_date to_hex to_json
    to_jsonb to_number to_timestamp transaction_timestamp trim_array trim_scale unistr unnest
    upper_inc width_bucket xmlelement gen_random_uuid array xmlagg bool
    """
)

_MYSQL = _COMMON | _words(
    """
    adddate addtime any_value avg bin bit_and bit_count bit_length bit_or bit_xor char
    collation compress conv convert_tz crc32 curdate curtime date_add date_format date_sub
    datediff day dayname dayofmonth dayofweek dayofyear elt export_set field find_in_set format
    from_base64 from_days from_unixtime get_format group_concat hex hour inet_aton inet_ntoa
    insert instr interval isnull json_array json_array_append json_array_insert json_arrayagg
    json_contains json_contains_path json_depth json_extract json_keys json_length
    json_merge_patch json_merge_preserve json_object json_objectagg json_overlaps json_pretty
    json_quote json_search json_set json_type json_unquote json_valid json_value last_day lcase
    locate make_set makedate maketime md5 microsecond mid minute month monthname oct ord
    period_add period_diff quarter quote rand regexp_instr regexp_like regexp_replace
    regexp_substr sec_to_time second sha sha1 sha2 soundex space std strcmp str_to_date subdate
    substring_index subtime sysdate time_format time_to_sec timediff timestamp timestampadd
    timestampdiff to_base64 to_days to_seconds ucase unhex unix_timestamp utc_date utc_time
    utc_timestamp uuid week weekday weekofyear weight_string year yearweek values
    """
)

_BY_DIALECT = {
    "sqlite": _SQLITE - {"changes", "randomblob", "zeroblob"},
    "duckdb": _DUCKDB - {"stats", "vector_type"},
    "postgres": _POSTGRES,
    "mysql": _MYSQL,
}


def allowed_functions(dialect: str) -> frozenset[str]:
    """Names, in lower case, that a query in `dialect` may call.

    Args:
        dialect: sqlglot's name; an unknown one gets the functions common to all.
    """
    return _BY_DIALECT.get(dialect, _COMMON)
