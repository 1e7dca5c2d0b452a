def f():
	return "日本" $
