# -*- coding: latin-1 -*-
"""Größe"""
größe = "é"; x = b"y"
class Käse(Brot):
    #: süß
    süß: "Maß" = "ÿ"
    def öffne(self, für="ü", *, ß=1): self.ä = 1
