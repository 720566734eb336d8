"""What comes in, what goes out as a package, and made-up worlds."""
