"""The op table, in families: every core op is declared here, once."""
