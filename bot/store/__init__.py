"""The contact centre's own database: tables, migrations, connections."""
