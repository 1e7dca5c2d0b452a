#!/usr/bin/python3
# vim: set fileencoding=ISO-8859-7 :
α = "β"; γ = 1
