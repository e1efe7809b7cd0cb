"""The words of validation errors: those that seed 004 documents, for what pydantic says today."""

from collections.abc import Mapping
from typing import Any

# pydantic's type -> (sentence, documented type); the sentence may name the limits that pydantic gives.
_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("field required", "value_error.missing"),
    "extra_forbidden": ("extra fields not permitted", "value_error.extra"),
    "none_not_allowed": ("none is not an allowed value", "type_error.none.not_allowed"),
    "none_required": ("must be null", "type_error.none"),
    "int_type": ("value is not a valid integer", "type_error.integer"),
    "int_parsing": ("value is not a valid integer", "type_error.integer"),
    "int_parsing_size": ("value is not a valid integer", "type_error.integer"),
    "int_from_float": ("value is not a valid integer", "type_error.integer"),
    "float_type": ("value is not a valid float", "type_error.float"),
    "float_parsing": ("value is not a valid float", "type_error.float"),
    "finite_number": ("value is not a finite number", "value_error.number.not_finite_number"),
    "bool_type": ("value could not be parsed to a boolean", "type_error.bool"),
    "bool_parsing": ("value could not be parsed to a boolean", "type_error.bool"),
    "string_type": ("str type expected", "type_error.str"),
    "string_unicode": ("value is not valid Unicode text", "value_error.unicode"),
    "string_too_short": ("ensure this value has at least {min_length} characters", "value_error.any_str.min_length"),
    "string_too_long": ("ensure this value has at most {max_length} characters", "value_error.any_str.max_length"),
    "string_pattern_mismatch": ("value does not have the right form", "value_error.str.regex"),
    "dict_type": ("value is not a valid dict", "type_error.dict"),
    "mapping_type": ("value is not a valid dict", "type_error.dict"),
    "model_type": ("value is not a valid dict", "type_error.dict"),
    "model_attributes_type": ("value is not a valid dict", "type_error.dict"),
    "dataclass_type": ("value is not a valid dict", "type_error.dict"),
    "list_type": ("value is not a valid list", "type_error.list"),
    "tuple_type": ("value is not a valid list", "type_error.list"),
    "set_type": ("value is not a valid list", "type_error.list"),
    "too_short": ("ensure this value has at least {min_length} items", "value_error.list.min_items"),
    "too_long": ("ensure this value has at most {max_length} items", "value_error.list.max_items"),
    "greater_than": ("ensure this value is greater than {gt}", "value_error.number.not_gt"),
    "greater_than_equal": ("ensure this value is greater than or equal to {ge}", "value_error.number.not_ge"),
    "less_than": ("ensure this value is less than {lt}", "value_error.number.not_lt"),
    "less_than_equal": ("ensure this value is less than or equal to {le}", "value_error.number.not_le"),
    "multiple_of": ("ensure this value is a multiple of {multiple_of}", "value_error.number.not_multiple"),
    "enum": ("value is not one of: {expected}", "type_error.enum"),
    "literal_error": ("value is not one of: {expected}", "value_error.const"),
    "uuid_type": ("value is not a valid uuid", "type_error.uuid"),
    "uuid_parsing": ("value is not a valid uuid", "type_error.uuid"),
    "uuid_version": ("value is not a valid uuid", "type_error.uuid"),
    "url_type": ("value is not a valid URL", "value_error.url"),
    "url_parsing": ("value is not a valid URL", "value_error.url"),
    "url_scheme": ("the scheme of this URL is not one of: {expected_schemes}", "value_error.url.scheme"),
    "datetime_type": ("invalid datetime format", "value_error.datetime"),
    "datetime_parsing": ("invalid datetime format", "value_error.datetime"),
    "datetime_from_date_parsing": ("invalid datetime format", "value_error.datetime"),
    "datetime_object_invalid": ("invalid datetime format", "value_error.datetime"),
    "timezone_aware": ("the moment needs a time zone", "value_error.datetime.timezone"),
    "date_type": ("invalid date format", "value_error.date"),
    "date_parsing": ("invalid date format", "value_error.date"),
    "date_from_datetime_parsing": ("invalid date format", "value_error.date"),
    "date_from_datetime_inexact": ("invalid date format", "value_error.date"),
    "json_invalid": ("the body is not valid JSON", "value_error.jsondecode"),
}
# What pydantic says of a null where there must be something.
WRONG_KIND = frozenset(kind for kind in _WORDS if kind.endswith("_type")) | {"model_attributes_type", "enum"}
_PREFIXES = ("Value error, ", "Assertion failed, ")


def documented(kind: str, message: str, limits: Mapping[str, Any] | None = None) -> tuple[str, str]:
    """The (message, type) that the API answers for an error of pydantic's, or of ours, which stays as it is."""
    if kind not in _WORDS:
        for prefix in _PREFIXES:
            message = message.removeprefix(prefix)
        return message, kind
    template, word = _WORDS[kind]
    try:
        return template.format_map(limits or {}), word
    except (KeyError, IndexError):  # the limits were not told: pydantic's own sentence names them
        return message, word
