"""The rules an administrator sets, as frozen pydantic models; `config/` reads them from YAML."""
