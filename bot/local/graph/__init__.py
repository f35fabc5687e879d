"""The local Microsoft Graph: the v1.0 calls the bot makes, as the contract has them."""
