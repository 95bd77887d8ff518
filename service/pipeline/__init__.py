"""From a request to engine calls and back: pure functions, and the thin drivers around them."""
