"""The API as pages: what it is and holds, for people who look before they write a program."""
