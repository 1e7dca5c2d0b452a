"""What is there."""
from shop import tea

PRICES = {"緑茶": tea.price(100, 80), "thé noir": tea.price(100, 60)}
