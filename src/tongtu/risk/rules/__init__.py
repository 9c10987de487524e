"""What risk decides without I/O: features, score, band, application rules."""
