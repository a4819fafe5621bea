"""A local WeChat for sign-in: for the demo and for tests. It refuses what the real one refuses."""
