# -*- coding: shift_jis -*-
x = "テスト"
