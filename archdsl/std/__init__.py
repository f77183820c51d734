"""The library that `from "std" import ...` reads; `index.json` says which file declares a name."""
