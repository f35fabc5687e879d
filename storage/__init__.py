"""The ground floor: the nouns, and where they are kept. Imports nobody of ours."""
