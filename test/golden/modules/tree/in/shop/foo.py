x in {"foo", 2, 3}
