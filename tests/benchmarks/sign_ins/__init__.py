"""How long `help` takes while 200 people sign in at an Entra that needs 2 seconds for each."""
