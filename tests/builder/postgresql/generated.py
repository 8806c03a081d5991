"""Texts that someone might give a setting: right, wrong, and close to the border between them."""

from __future__ import annotations

from hypothesis import strategies as st

from builder.postgresql import Setting

_UNITS = ("B", "kB", "MB", "GB", "TB", "us", "ms", "s", "min", "h", "d", "kb", "k", "", " ", "x")
_WORDS = ("on", "off", "true", "false", "yes", "no", "o", "default", "debug", "inf", "-inf", "infinity", "nan", "")
_LITERALS = ("08", "0x1F", "-0x1", "1e3", "1.5e1", ".5", " .5", "5.", "0x1.8", "0x1p3", "1 e3", "--1", "1e999", "1e-9")

_numbers = st.one_of(st.integers(-(10**20), 10**20), st.integers(-300, 300), st.floats(allow_nan=False, width=32))
_quantities = st.builds(
    "{0}{1}{2}{3}{0}".format,
    st.sampled_from(("", "", "", " ", "\t")),
    st.one_of(_numbers.map(str), st.sampled_from(_LITERALS)),
    st.sampled_from(("", "", " ")),
    st.sampled_from(_UNITS),
)


def texts_for(setting: Setting) -> st.SearchStrategy[str]:
    """Texts for a setting. None of them holds a NUL, which no command line can."""
    near = [
        str(limit + step)
        for limit in (setting.minimum, setting.maximum)
        for step in (-1, 0, 1)
        if limit is not None and limit + step == int(limit + step)
    ]
    words = sorted({*_WORDS, *setting.values, *setting.synonyms, *near})
    noise = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=8)
    spelled = st.sampled_from(words).flatmap(lambda word: st.sampled_from((word, word.upper(), word[:-1], f" {word}")))
    return st.one_of(spelled, _quantities, noise)
