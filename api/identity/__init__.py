"""Who somebody is: local accounts, sign-in elsewhere (OpenID Connect), tokens."""
