"""What languages are called, each in itself: whoever needs one recognises it (BCP 47 tags)."""

LANGUAGE_NAMES = {
    "ar": "العربية",
    "ay": "Aymar aru",
    "ca": "Català",
    "cbi": "Chaʼpalaa",
    "cof": "Tsaʼfiki",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "eu": "Euskara",
    "fr": "Français",
    "gl": "Galego",
    "gn": "Avañe’ẽ",
    "he": "עברית",
    "it": "Italiano",
    "jiv": "Shuar chicham",
    "pt": "Português",
    "qu": "Runa shimi",
    "qug": "Kichwa",
    "und": "…",
}


def language_name(tag: str) -> str:
    """Return what a language is called; its tag where that is not known here."""
    return LANGUAGE_NAMES.get(tag) or LANGUAGE_NAMES.get(tag.partition("-")[0], tag)
