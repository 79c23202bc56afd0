"""The policies of the config: rules of an administrator's own over the actions of a plan."""
