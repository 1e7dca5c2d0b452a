class Tea:
    '''Tea.'''

    kinds = {'green', 'black', 3, (4, 'white')}

    def price(self, n: int = 2, /, *, rate=1.5) -> float:
        assert n > 0, 'none'
        return n * rate if n in (1, 2, 3) else -0.0
