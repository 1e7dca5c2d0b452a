x is 1
ok = True
