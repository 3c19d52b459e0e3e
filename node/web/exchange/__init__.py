"""From a request to what is asked for, and from what is found to the bytes of the answer."""
