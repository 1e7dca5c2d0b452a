#!/usr/bin/python3
# coding: utf-8
import first
x = "﻿"
def f(a): "café"
