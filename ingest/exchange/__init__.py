"""What leaves to a partner, and what comes from one: STIX inside, a signed and encrypted frame outside."""
