"""Pictures as values, then as pages; the web application's sources."""
