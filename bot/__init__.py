"""The top floor: talks, decides and works."""
