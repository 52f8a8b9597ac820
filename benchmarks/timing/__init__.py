"""Whether the time an answer takes tells what was found: someone, nobody, a refusal, or somebody kept silent."""
