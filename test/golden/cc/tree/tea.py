'''Tea.'''

def price(n):
    return 3 * n
