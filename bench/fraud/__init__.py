"""Card fraud in time order, with labels that come a week late, beside the handbook's way."""
