# יי
#: cafי
x = 1
